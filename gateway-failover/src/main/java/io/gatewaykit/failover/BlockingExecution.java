package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.FailoverGroup.Call;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Walks the attempts of one request on the caller's thread. */
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
        throw last == null ? new NoEndpointException(group) : last;
      }
      try {
        R result = call.apply(lease);
        lease.settle(Outcome.SUCCESS);
        return result;
      } catch (InterruptedException e) {
        throw e; // the caller's own end says nothing of the endpoint
      } catch (Exception e) {
        lease.settle(attempts.outcome(e));
        if (last != null && !e.equals(last)) {
          e.addSuppressed(last);
        }
        if (!attempts.mayRetry(lease.outcome())) { // what the call itself reported goes first
          throw e;
        }
        last = e;
      } finally {
        lease.release(); // an Error, or an interruption: nothing was learnt
      }
      TimeUnit.NANOSECONDS.sleep(attempts.delayNanos());
    }
  }
}
