package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Executes the attempts of one request on the caller's thread. */
final class BlockingExecution<T, R> {
  private final String group;
  private final Attempts<T> attempts;
  private final Call<T, R> call;

  BlockingExecution(String group, Attempts<T> attempts, Call<T, R> call) {
    this.group = group;
    this.attempts = attempts;
    this.call = call;
  }

  R run() throws Exception {
    @Nullable Exception last = null;
    while (true) {
      Lease<T> lease = attempts.next();
      if (lease == null) {
        throw last == null ? new NoEndpointException(group, attempts.contextWasUsed()) : last;
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

  /** Throws an exception of a function that declares none. */
  private static void throwUnchecked(Throwable defect) {
    if (defect instanceof Error error) {
      throw error;
    }
    throw defect instanceof RuntimeException e ? e : new IllegalStateException(defect);
  }
}
