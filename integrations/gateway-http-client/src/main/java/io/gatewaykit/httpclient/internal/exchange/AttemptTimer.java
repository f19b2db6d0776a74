// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Aborts an attempt that blocks its caller for too long. Uses the timer thread of the JDK. */
final class AttemptTimer {
  private final CompletableFuture<Boolean> elapsed = new CompletableFuture<>();

  private AttemptTimer() {}

  /** Starts a timer that runs the action, which must not block, after this time. */
  static AttemptTimer start(Duration time, Runnable action) {
    var timer = new AttemptTimer();
    CompletableFuture<?> unused =
        timer.elapsed.thenAccept(elapsed -> {
          if (elapsed) {
            action.run();
          }
        });
    CompletableFuture<?> ignored =
        timer.elapsed.completeOnTimeout(true, time.toNanos(), TimeUnit.NANOSECONDS);
    return timer;
  }

  /** Stops the timer and returns whether its time had elapsed. */
  boolean stop() {
    return !elapsed.complete(false) && elapsed.join();
  }
}
