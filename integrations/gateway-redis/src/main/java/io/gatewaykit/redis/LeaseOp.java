package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import org.jspecify.annotations.Nullable;

/** Takes permits ahead, as many as are there without delay, after what callers ask for. */
final class LeaseOp implements BucketOp {
  private final Leases leases;
  private final String key;
  private final Gcra plan;
  private final long wanted;
  private final long sentAt;
  private long got;
  private long backlog;
  private @Nullable Receipt receipt;

  LeaseOp(Leases leases, String key, Gcra plan, long wanted, long sentAt) {
    this.leases = leases;
    this.key = key;
    this.plan = plan;
    this.wanted = wanted;
    this.sentAt = sentAt;
  }

  @Override
  public Gcra plan() {
    return plan;
  }

  private long bound() {
    return plan.admitsUpTo(1, 0, 0);
  }

  @Override
  public void tell(Arguments arguments) {
    arguments.take(wanted, bound(), plan.interval());
  }

  @Override
  public void replay(BucketReplay bucket) {
    got = bucket.take(wanted, bound(), plan.interval());
    backlog = bucket.backlog();
    receipt = bucket.receipt();
  }

  @Override
  public void deliver() {
    Receipt taken = receipt;
    if (got > 0 && taken != null) {
      leases.put(key, taken, got, sentAt, backlog);
    }
  }
}
