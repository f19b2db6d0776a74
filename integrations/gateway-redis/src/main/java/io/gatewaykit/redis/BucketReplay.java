// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replays {@code bucket.lua}: the script returns the state it found, and both apply the same
 * operations to it in integers, so the reply contains individual results for refunds only.
 */
final class BucketReplay {
  private static final long MODULUS = 1L << 52;
  private static final long BILLION = 1_000_000_000;

  private static final int FIRST_REFUND = 6;

  private final Gcra gcra;
  private final List<Object> reply;
  private final long period;
  private final long flag;
  private long nextId;
  private int refunds;
  private long backlog;

  BucketReplay(Gcra gcra, List<Object> reply) {
    this.gcra = gcra;
    this.reply = reply;
    backlog = (Long) reply.get(0);
    period = (Long) reply.get(3);
    nextId = (Long) reply.get(4);
    flag = (Long) reply.get(5);
  }

  /**
   * Returns the compiled limit if its values fit the numbers of the script.
   *
   * @throws IllegalArgumentException if a full bucket takes too long to drain
   */
  static Gcra checked(Gcra gcra) {
    if (gcra.maxBacklog() >= MODULUS - (BILLION << gcra.shift())) {
      throw new IllegalArgumentException(
          "limit: " + gcra.limit() + " (expected: a bucket that drains within 52 days)");
    }
    return gcra;
  }

  static String describe(Gcra gcra) {
    return gcra.interval() + ":" + gcra.shift() + ":" + gcra.maxBacklog();
  }

  long backlog() {
    return backlog;
  }

  boolean wasRepaired() {
    return flag == 1;
  }

  boolean clockHadStepped() {
    return flag == 2;
  }

  /** Takes up to {@code count} permits of the given weight. Returns the number taken. */
  long take(long count, long bound, long weight) {
    if (backlog > bound) {
      return 0;
    }
    long taken = Math.min(count, (bound - backlog) / weight + 1);
    backlog += taken * weight;
    return taken;
  }

  /** Takes permits as a reservation. Returns its receipt; null if nothing was taken. */
  @Nullable GrantReceipt reserve(long count, long bound, long weight) {
    return take(count, bound, weight) == 0 ? null : new GrantReceipt(gcra, period, nextId++);
  }

  void charge(long permits) {
    backlog = gcra.charged(backlog, permits);
  }

  void settle(long permits) {
    backlog = gcra.settled(backlog, permits);
  }

  /** Applies the script's result of a refund. */
  void refund() {
    backlog -= (Long) reply.get(FIRST_REFUND + refunds++);
  }

  void reset() {
    backlog = 0;
  }
}
