// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Gcra;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An unconditional change of a bucket: a refund, a cost above its estimate, a charge, a reset. */
final class Settlement implements BucketOperation {
  private enum Kind {
    REFUND,
    EXCESS,
    CHARGE,
    RESET
  }

  /** Completes with the balance, or null if Redis did not accept the change. */
  final CompletableFuture<@Nullable Balance> done = new CompletableFuture<>();

  final Gcra gcra;
  final long permits;
  private final Kind kind;
  private final long weight;
  private final @Nullable GrantReceipt receipt;
  private @Nullable Balance balance;

  private Settlement(
      Kind kind, Gcra gcra, long permits, long weight, @Nullable GrantReceipt receipt) {
    this.kind = kind;
    this.gcra = gcra;
    this.permits = permits;
    this.weight = weight;
    this.receipt = receipt;
  }

  static Settlement refund(long weight, GrantReceipt receipt) {
    return new Settlement(Kind.REFUND, receipt.gcra(), 0, weight, receipt);
  }

  /** Returns the charge for a cost above its estimate, up to the limit's overdraft. */
  static Settlement excess(Gcra gcra, long permits) {
    return new Settlement(Kind.EXCESS, gcra, permits, gcra.weigh(permits), null);
  }

  /** Returns a charge, which may put the bucket into debt. */
  static Settlement charge(Gcra gcra, long permits) {
    return new Settlement(Kind.CHARGE, gcra, permits, gcra.charged(0, permits), null);
  }

  static Settlement reset(Gcra gcra) {
    return new Settlement(Kind.RESET, gcra, 0, 0, null);
  }

  @Override
  public Gcra gcra() {
    return gcra;
  }

  @Override
  public boolean endsBatch() {
    return kind == Kind.RESET; // changes the gen, which the reply states as of the start
  }

  @Override
  public void encode(ScriptArguments arguments) {
    switch (kind) {
      case REFUND -> arguments.refund(weight, requireNonNull(receipt));
      case EXCESS -> arguments.charge(weight, gcra.maxBacklog());
      case CHARGE -> arguments.charge(weight, gcra.range());
      case RESET -> arguments.reset();
    }
  }

  @Override
  public void apply(BucketReplay bucket) {
    long before = bucket.backlog();
    switch (kind) {
      case REFUND -> bucket.refund();
      case EXCESS -> bucket.settle(permits);
      case CHARGE -> bucket.charge(permits);
      case RESET -> bucket.reset();
    }
    long unbooked = kind == Kind.CHARGE ? gcra.unbooked(permits, bucket.backlog() - before) : 0;
    balance = Balance.of(gcra, bucket.backlog(), 0, unbooked);
  }

  @Override
  public void complete() {
    done.complete(balance);
  }

  @Override
  public void fail(StoreFailure failure) {
    done.complete(null);
  }
}
