package io.gatewaykit.healthcheck;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The engine's second thread, there only while there is something to do: for handshake arithmetic
 * and listeners, which would hold up the probes of others.
 */
final class Offload implements Executor, AutoCloseable {
  private final ThreadPoolExecutor pool;

  Offload(String threadName) {
    pool =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              var thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      return; // closed: nobody waits for it any more
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
