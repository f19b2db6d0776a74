// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

/**
 * The treatment by a {@link KeyedLeakyBucket} of keys without a slot, because too many others are
 * in debt. Each such decision is counted in {@link KeyedLeakyBucket#overflows} and has the source
 * {@link Decision.Source#SHARED}.
 */
public enum OverflowPolicy {
  /**
   * Keys without a slot share a bucket of the same limit: their limit becomes tighter, never wider,
   * and existing keys keep their buckets. The default, because no client can gain from it.
   */
  SHARE,
  /**
   * The key evicts the one that owes least among those competing for its slot. The evicted key can
   * be ahead of its rate again by the amount it owed: fair to new keys, but exploitable by clients
   * that can invent keys. The evicted permits are counted in {@link
   * KeyedLeakyBucket#evictedPermits}. Not with {@link KeyedLeakyBucket.Builder#exactKeys}.
   */
  EVICT_LEAST_DEBT,
  /** The key is rejected until a slot is free; with exact keys, the retry time is an estimate. */
  REJECT,
  /** The key is admitted without being stored. For limits that do not serve as protection. */
  ALLOW
}
