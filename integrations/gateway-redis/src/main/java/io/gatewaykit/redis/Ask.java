package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Reservation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A request on its way. It ends once: by Redis, or by the failure policy when its time is over. */
final class Ask extends Deadlines.Timed implements BucketOp {
  /** As {@code maxDelay}: decide, but take nothing. */
  static final long NOTHING = -1;

  final String key;
  final long cost;
  final long maxDelay;
  final CompletableFuture<Taken> answer = new CompletableFuture<>();
  private final Gcra plan;
  private final long bound;
  private final long weight;
  private final Owner owner;
  private final AtomicBoolean over = new AtomicBoolean();
  private @Nullable Taken taken;

  /**
   * What was decided.
   *
   * @param receipt of what was taken from Redis, if anything
   * @param local what was taken instead in this process, if anything
   */
  record Taken(Decision decision, @Nullable Receipt receipt, @Nullable Reservation local) {}

  /** Who asked. */
  interface Owner {
    /** Learns what Redis decided, before the caller does. */
    void decided(Ask ask, Decision decision);

    /** Decides because Redis does not. */
    Taken decide(Ask ask);
  }

  Ask(String key, Gcra plan, long cost, long maxDelay, Owner owner) {
    this.key = key;
    this.plan = plan;
    this.cost = cost;
    this.maxDelay = maxDelay;
    this.owner = owner;
    this.bound = maxDelay == NOTHING ? -1 : plan.admitsUpTo(cost, 0, maxDelay);
    this.weight = plan.weigh(cost);
  }

  @Override
  public Gcra plan() {
    return plan;
  }

  @Override
  public boolean isOver() {
    return over.get();
  }

  @Override
  void expire() {
    fail(StoreFailure.TIMEOUT);
  }

  @Override
  public void tell(Arguments arguments) {
    if (bound >= 0) {
      arguments.take(1, bound, weight);
    }
  }

  @Override
  public void replay(BucketReplay bucket) {
    long before = bucket.backlog();
    long said = plan.decide(before, cost, 0);
    boolean takes = bound >= 0 && bucket.take(1, bound, weight) == 1;
    boolean wouldTake = maxDelay == NOTHING && said >= 0;
    Decision decision =
        Decision.of(
            plan, said, takes || wouldTake ? before + weight : before, 0, Decision.Source.REMOTE);
    taken =
        new Taken(
            maxDelay == NOTHING ? decision : decision.within(maxDelay),
            takes ? bucket.receipt() : null,
            null);
  }

  @Override
  public void deliver() {
    if (over.compareAndSet(false, true)) {
      Taken result = requireNonNull(taken);
      owner.decided(this, result.decision());
      answer.complete(result);
    }
  }

  @Override
  public void fail(StoreFailure failure) {
    if (over.compareAndSet(false, true)) {
      answer.complete(owner.decide(this));
    }
  }
}
