// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import jakarta.servlet.MultipartConfigElement;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a filter.
 *
 * @param multipart the limits of multipart bodies, or null for the defaults
 * @param bodyBudget the memory budget of held bodies
 * @param slots the limits on waiting requests
 * @param parking decides which requests wait without a thread
 * @param rewritesRemoteAddress whether the remote address reported to the application is that of
 *     the client
 */
record FilterSettings(
    GuardSelector guards,
    ClientAddressResolver clients,
    RejectionHandler rejections,
    @Nullable MultipartConfigElement multipart,
    BodyBudget bodyBudget,
    WaitSlots slots,
    Parking parking,
    boolean rewritesRemoteAddress,
    ScheduledExecutorService scheduler,
    boolean ownsScheduler) {

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
      task.run(); // the filter is closed: run early rather than never
    }
  }

  void close() {
    if (ownsScheduler) {
      scheduler.shutdown(); // parked requests still complete
    }
  }
}
