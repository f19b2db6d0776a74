// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import org.jspecify.annotations.Nullable;

/** Prefetches the permits that are available without delay, after the requests of callers. */
final class PermitPrefetch implements BucketOperation {
  private final PermitCache leases;
  private final String key;
  private final Gcra gcra;
  private final long wanted;
  private final long sentAt;
  private long got;
  private long backlog;
  private @Nullable GrantReceipt receipt;

  PermitPrefetch(PermitCache leases, String key, Gcra gcra, long wanted, long sentAt) {
    this.leases = leases;
    this.key = key;
    this.gcra = gcra;
    this.wanted = wanted;
    this.sentAt = sentAt;
  }

  @Override
  public Gcra gcra() {
    return gcra;
  }

  private long bound() {
    return gcra.admitsUpTo(1, 0, 0);
  }

  @Override
  public void encode(ScriptArguments arguments) {
    arguments.reserve(wanted, bound(), gcra.interval());
  }

  @Override
  public void apply(BucketReplay bucket) {
    long before = bucket.backlog();
    receipt = bucket.reserve(wanted, bound(), gcra.interval());
    backlog = bucket.backlog();
    got = (backlog - before) / gcra.interval();
  }

  @Override
  public void complete() {
    GrantReceipt taken = receipt;
    if (got > 0 && taken != null) {
      leases.put(key, taken, got, sentAt, backlog);
    }
  }
}
