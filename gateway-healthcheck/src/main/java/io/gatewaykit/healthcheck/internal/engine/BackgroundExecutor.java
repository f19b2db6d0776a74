// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.api.Ticker;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The background threads of the engine, for tasks that would delay probes. They exist only while
 * there is work. TLS handshake computations and name resolution share two threads. Listeners use as
 * many threads as are blocked at the same time: at most one each, since a listener is never called
 * concurrently.
 */
final class BackgroundExecutor implements AutoCloseable {
  private static final Ticker REAL_TIME = Ticker.system(); // an injected one may be simulated
  private static final int HELPERS = 2;
  private static final long IDLE_SECONDS = 10;

  /** The threads that may be alive; terminated ones are removed when a thread is added. */
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  private final ThreadPoolExecutor helpers;
  private final ThreadPoolExecutor events;

  BackgroundExecutor(String threadName) {
    helpers =
        new ThreadPoolExecutor(
            HELPERS,
            HELPERS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons(threadName + "-helper"));
    helpers.allowCoreThreadTimeOut(true);
    events =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            daemons(threadName + "-events"));
  }

  private ThreadFactory daemons(String name) {
    return task -> {
      var thread = new Thread(task, name);
      thread.setDaemon(true);
      threads.removeIf(old -> old.getState() == Thread.State.TERMINATED);
      threads.add(thread);
      return thread;
    };
  }

  void runBlocking(Runnable task) {
    execute(helpers, task);
  }

  void notifyListeners(Runnable task) {
    execute(events, task);
  }

  private static void execute(Executor executor, Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      return; // closed: no caller waits for this task any more
    }
  }

  @Override
  public void close() {
    helpers.shutdownNow(); // interrupts a lookup that is waiting for a name server
    events.shutdown();
  }

  /**
   * Waits, after {@link #close()}, until all threads except the current one have terminated or the
   * time has elapsed.
   */
  void join(long nanos) throws InterruptedException {
    long end = REAL_TIME.read() + nanos;
    for (Thread thread : threads) {
      long left = end - REAL_TIME.read();
      if (left <= 0) {
        return;
      }
      if (thread != Thread.currentThread()) {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      }
    }
  }
}
