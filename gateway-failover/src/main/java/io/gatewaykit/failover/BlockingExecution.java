package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.FailoverGroup.Call;
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
        lease.succeed(OutcomeReport.NO_STATUS);
        return result;
      } catch (InterruptedException e) {
        throw e; // the caller's own end says nothing of the endpoint
      } catch (Exception e) {
        Outcome outcome = Failures.outcome(e);
        lease.end(outcome, OutcomeReport.NO_STATUS);
        if (last != null && !e.equals(last)) {
          e.addSuppressed(last);
        }
        if (!attempts.mayRetry(outcome)) {
          throw e;
        }
        last = e;
      } finally {
        lease.close(); // an Error, or an interruption: nothing was learnt
      }
    }
  }
}
