// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The timer of asynchronous calls that wait. Thread-safe. Its thread starts with the first one. */
final class MethodTimer implements AutoCloseable {
  private final Supplier<@Nullable Executor> executor;
  private @Nullable ScheduledExecutorService scheduler; // guarded by this

  /**
   * Creates a timer.
   *
   * @param executor returns the executor of delayed calls; null to call them on the timer's thread
   */
  MethodTimer(Supplier<@Nullable Executor> executor) {
    this.executor = executor;
  }

  synchronized ScheduledExecutorService scheduler() {
    ScheduledExecutorService current = scheduler;
    if (current == null) {
      var timer = new ScheduledThreadPoolExecutor(1, MethodTimer::newThread);
      timer.setRemoveOnCancelPolicy(true);
      current = timer;
      scheduler = current;
    }
    return current;
  }

  private static Thread newThread(Runnable task) {
    var thread = new Thread(task, "gatewaykit-method-limits");
    thread.setDaemon(true);
    return thread;
  }

  /** Returns the executor of calls that had to wait. */
  Executor executor() {
    Executor chosen = executor.get();
    return chosen == null ? scheduler() : chosen;
  }

  @Override
  public synchronized void close() {
    if (scheduler != null) {
      scheduler.shutdownNow();
    }
  }
}
