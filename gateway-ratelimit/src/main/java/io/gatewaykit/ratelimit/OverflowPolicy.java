package io.gatewaykit.ratelimit;

/**
 * What a {@link KeyedLeakyBucket} does with a key for which it has no room, because too many others
 * are in debt. Every such decision is counted in {@link KeyedLeakyBucket#overflows} and says {@link
 * Decision.Source#SHARED}.
 */
public enum OverflowPolicy {
  /**
   * Keys without room share a bucket of the same limit: their limit becomes tighter, never wider,
   * and whoever has a bucket keeps it. The default, because nothing a client does gains it
   * anything.
   */
  SHARE,
  /**
   * The key takes the place of the one that owes least among those in its way. That one is
   * forgotten, and so may be ahead of its rate by what it owed once more: fair to newcomers, and of
   * use to whoever can invent keys. What was given away is counted in {@link
   * KeyedLeakyBucket#evictedPermits}. Not with {@link KeyedLeakyBucket.Builder#exactKeys}.
   */
  EVICT_LEAST_DEBT,
  /** The key is refused until there is room; with exact keys, when that will be is a guess. */
  REJECT,
  /** The key is admitted and not remembered. For limits that are a courtesy, not a protection. */
  ALLOW
}
