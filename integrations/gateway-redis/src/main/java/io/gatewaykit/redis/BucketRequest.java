// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Reservation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A request to Redis. It completes once: by the reply, or at its deadline by the failure policy.
 */
final class BucketRequest extends TimeoutQueue.Timed implements BucketOperation {
  /** The kind of request. */
  enum Mode {
    PEEK,
    TAKE,
    RESERVE
  }

  final String key;
  final long cost;
  final long maxDelay;
  final CompletableFuture<Grant> answer = new CompletableFuture<>();
  private final Gcra gcra;
  private final Mode mode;
  private final long bound;
  private final long weight;
  private final Owner owner;
  private final AtomicBoolean completed = new AtomicBoolean();
  private @Nullable Grant taken;

  /**
   * The result of a request.
   *
   * @param receipt the receipt of a reservation in Redis, or null
   * @param local the reservation made in this process instead, or null
   */
  record Grant(Decision decision, @Nullable GrantReceipt receipt, @Nullable Reservation local) {}

  /** The limiter that issued the request. */
  interface Owner {
    /** Called with the decision of Redis, before the request completes. */
    void decided(BucketRequest request, Decision decision);

    /** Decides in place of Redis. */
    Grant decide(BucketRequest request);
  }

  BucketRequest(String key, Gcra gcra, long cost, long maxDelay, Mode mode, Owner owner) {
    this.key = key;
    this.gcra = gcra;
    this.cost = cost;
    this.maxDelay = maxDelay;
    this.mode = mode;
    this.owner = owner;
    this.bound = mode == Mode.PEEK ? -1 : gcra.admitsUpTo(cost, 0, maxDelay);
    this.weight = gcra.weigh(cost);
  }

  @Override
  public Gcra gcra() {
    return gcra;
  }

  boolean reserves() {
    return mode == Mode.RESERVE;
  }

  boolean takes() {
    return mode != Mode.PEEK;
  }

  @Override
  public boolean isComplete() {
    return completed.get();
  }

  @Override
  void expire() {
    fail(StoreFailure.TIMEOUT);
  }

  @Override
  public void encode(ScriptArguments arguments) {
    if (bound >= 0 && mode == Mode.RESERVE) {
      arguments.reserve(1, bound, weight);
    } else if (bound >= 0) {
      arguments.take(1, bound, weight);
    }
  }

  @Override
  public void apply(BucketReplay bucket) {
    long before = bucket.backlog();
    long unbounded = gcra.decide(before, cost, 0);
    GrantReceipt receipt = null;
    if (bound >= 0 && mode == Mode.RESERVE) {
      receipt = bucket.reserve(1, bound, weight);
    } else if (bound >= 0) {
      bucket.take(1, bound, weight);
    }
    boolean wouldTake = mode == Mode.PEEK && unbounded >= 0;
    long after = wouldTake ? before + weight : bucket.backlog();
    long answer = gcra.within(unbounded, before, cost, 0, maxDelay);
    taken = new Grant(Decision.of(gcra, answer, after, 0, Decision.Source.REMOTE), receipt, null);
  }

  @Override
  public void complete() {
    if (completed.compareAndSet(false, true)) {
      Grant result = requireNonNull(taken);
      owner.decided(this, result.decision());
      answer.complete(result);
    }
  }

  @Override
  public void fail(StoreFailure failure) {
    if (completed.compareAndSet(false, true)) {
      answer.complete(owner.decide(this));
    }
  }
}
