package io.gatewaykit.healthcheck;

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
 * The engine's other threads, there only while there is something to do that would hold up probes.
 * Handshake arithmetic and name resolution share two. Listeners get as many as block at once, which
 * is at most as many as there are listeners, since each is called by one thread at a time.
 */
final class Offload implements AutoCloseable {
  private static final int HELPERS = 2;
  private static final long IDLE_SECONDS = 10;

  /** All that may still live; the dead are dropped when another is made. */
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  private final ThreadPoolExecutor helpers;
  private final ThreadPoolExecutor events;

  Offload(String threadName) {
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

  void help(Runnable task) {
    execute(helpers, task);
  }

  void tell(Runnable task) {
    execute(events, task);
  }

  private static void execute(Executor executor, Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      return; // closed: nobody waits for it any more
    }
  }

  @Override
  public void close() {
    helpers.shutdownNow(); // interrupts a name server that does not answer
    events.shutdown();
  }

  /**
   * Waits, after {@link #close()}, until all threads but the caller's own have ended, or the time
   * is over.
   */
  void join(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    for (Thread thread : threads) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return;
      }
      if (thread != Thread.currentThread()) {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      }
    }
  }
}
