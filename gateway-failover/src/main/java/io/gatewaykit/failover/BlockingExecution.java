// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Executes the attempts of one request on the caller's thread. */
final class BlockingExecution<T, R> {
  private final Attempts<T> attempts;
  private final @Nullable EndpointQueue queue;
  private final Call<T, R> call;

  BlockingExecution(RequestEngine<T> engine, Attempts<T> attempts, Call<T, R> call) {
    this.queue = engine.queue();
    this.attempts = attempts;
    this.call = call;
  }

  R run() throws Exception {
    @Nullable Exception last = null;
    while (true) {
      Lease<T> lease = queue == null || attempts.count() > 0 ? attempts.next() : first(queue);
      if (lease == null) {
        throw last == null ? attempts.noEndpoint() : last;
      }
      boolean returned = false;
      try {
        R result = call.apply(lease);
        returned = true;
        lease.onReturned();
        return result;
      } catch (Exception e) {
        if (Thread.currentThread().isInterrupted()) {
          lease.settle(Outcome.CANCELLED); // clients wrap it in exceptions of their own
        }
        Throwable defect = attempts.settle(lease, e);
        if (last != null && !e.equals(last)) {
          e.addSuppressed(last);
        }
        if (defect != null) {
          throwUnchecked(defect);
        }
        last = e;
        // an outcome reported by the call takes precedence
        if (!attempts.mayRetry(lease.outcome())) {
          throw e;
        }
      } finally {
        if (!returned) {
          lease.release(); // after an Error: not recorded
        }
      }
      long delay = attempts.delayNanos();
      if (attempts.isOverAfter(delay)) {
        throw last;
      }
      TimeUnit.NANOSECONDS.sleep(delay);
    }
  }

  /** Returns the lease of the first attempt, or null if none was available in time. */
  private @Nullable Lease<T> first(EndpointQueue queue) throws InterruptedException {
    if (queue.isEmpty()) {
      Lease<T> lease = attempts.tryNext();
      if (lease != null) {
        return lease;
      }
    }
    var left = new CountDownLatch(1);
    var request = new QueuedAttempt<>(attempts, left::countDown);
    boolean entered = queue.enter(request);
    try {
      if (entered) {
        left.await();
      }
    } catch (InterruptedException e) {
      queue.leave(request);
      throw e;
    }
    Lease<T> lease = request.take();
    if (lease == null) {
      attempts.onNotServed(entered);
    }
    return lease;
  }

  /** Throws an exception of a function that declares none. */
  private static void throwUnchecked(Throwable defect) {
    if (defect instanceof Error error) {
      throw error;
    }
    throw defect instanceof RuntimeException e ? e : new IllegalStateException(defect);
  }
}
