package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.ClientAddressResolver;
import jakarta.servlet.MultipartConfigElement;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a filter was built with.
 *
 * @param multipart the limits of parts; null if the user named none
 * @param threadsToHold permits to wait on a request's thread; null if requests are parked
 * @param warned whether the warning about the registration was given
 */
record FilterSettings(
    GuardSelector guards,
    ClientAddressResolver clients,
    RejectionHandler rejections,
    @Nullable MultipartConfigElement multipart,
    @Nullable Semaphore threadsToHold,
    ScheduledExecutorService scheduler,
    boolean ownsScheduler,
    AtomicBoolean warned) {
  private static final Logger log = LoggerFactory.getLogger(GatewayFilter.class);

  static ScheduledExecutorService ownScheduler() {
    var timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              var thread = new Thread(task, "gateway-filter-delays");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  void schedule(Runnable task, long nanos) {
    try {
      var unused = scheduler.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      task.run(); // the filter was closed: better too early than never
    }
  }

  void warnOnce(String message) {
    if (warned.compareAndSet(false, true)) {
      log.warn(message);
    }
  }

  void close() {
    if (ownsScheduler) {
      scheduler.shutdown(); // what is parked still gets its turn
    }
  }
}
