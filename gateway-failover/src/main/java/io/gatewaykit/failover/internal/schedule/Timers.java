// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.schedule;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One-shot timers on the user's scheduler, or on a dedicated thread that is started with the first
 * timer and stopped by {@link #close}. Thread-safe.
 */
public final class Timers implements AutoCloseable {
  private final String name;
  private final @Nullable ScheduledExecutorService given;
  private @Nullable ScheduledThreadPoolExecutor own;
  private boolean closed;

  /**
   * Creates timers; no thread is started yet.
   *
   * @param name the name of the thread
   * @param given the user's scheduler, which is used instead and never shut down; may be null
   */
  public Timers(String name, @Nullable ScheduledExecutorService given) {
    this.name = name;
    this.given = given;
  }

  /**
   * Runs a task after a delay in nanoseconds.
   *
   * @throws RejectedExecutionException if the timers, or the user's scheduler, are closed
   */
  public Future<?> after(long nanos, Runnable task) {
    return scheduler().schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  private synchronized ScheduledExecutorService scheduler() {
    if (closed) {
      throw new RejectedExecutionException(name + " is closed");
    }
    if (given != null) {
      return given;
    }
    if (own == null) {
      own =
          new ScheduledThreadPoolExecutor(
              1,
              task -> {
                var thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
              });
      own.setRemoveOnCancelPolicy(true); // most timers are cancelled: do not retain them until due
    }
    return own;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (own != null) {
      own.shutdownNow();
    }
  }
}
