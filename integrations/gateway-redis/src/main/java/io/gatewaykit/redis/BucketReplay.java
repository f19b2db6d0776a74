package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import java.util.List;

/**
 * What {@code bucket.lua} did, done once more: the script tells what it found, and both apply the
 * same operations to it in whole numbers, so the script need not tell what each came to.
 *
 * <p>Whole numbers are exact in the script's doubles up to 2<sup>53</sup>; {@link #checked} keeps
 * all of them below.
 */
final class BucketReplay {
  private static final long MODULUS = 1L << 52;
  private static final long BILLION = 1_000_000_000;

  private final Gcra plan;
  private final long sec;
  private final long nanos;
  private final long found;
  private final long period;
  private final long flag;
  private long backlog;
  private long given;
  private long dip;

  BucketReplay(Gcra plan, List<Object> reply) {
    this.plan = plan;
    found = (Long) reply.get(0);
    sec = (Long) reply.get(1);
    nanos = (Long) reply.get(2);
    period = (Long) reply.get(3);
    given = (Long) reply.get(4);
    dip = (Long) reply.get(5);
    flag = (Long) reply.get(6);
    backlog = found;
  }

  /**
   * Returns the plan, if the script can count by it.
   *
   * @throws IllegalArgumentException if a full bucket takes too long to drain
   */
  static Gcra checked(Gcra plan) {
    if (plan.fullest() >= MODULUS - (BILLION << plan.shift())) {
      throw new IllegalArgumentException(
          "limit: " + plan.limit() + " (expected: a bucket that drains within 52 days)");
    }
    return plan;
  }

  static String describe(Gcra plan) {
    return plan.interval() + ":" + plan.shift() + ":" + plan.fullest();
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

  /** Takes up to so many permits of the given weight. Returns how many there were. */
  long take(long count, long bound, long weight) {
    if (backlog > bound) {
      return 0;
    }
    long taken = Math.min(count, (bound - backlog) / weight + 1);
    backlog += taken * weight;
    return taken;
  }

  void charge(long weight) {
    backlog = Math.max(backlog, Math.min(backlog + weight, plan.fullest()));
  }

  void give(long weight, Receipt receipt) {
    if (receipt.period() != period || found == 0) {
      return;
    }
    long left =
        (receipt.sec() - sec) * (BILLION << plan.shift())
            + receipt.units()
            - (nanos << plan.shift())
            - Math.floorMod(given - receipt.given(), MODULUS);
    long eighth = plan.fullest() / 8;
    long back = weight <= eighth && receipt.dip() == dip ? weight : Math.min(weight, left);
    if (back > 0) {
      if (left != backlog) {
        given = (given + back) % MODULUS;
      }
      backlog -= back;
      if (backlog < eighth) {
        dip = sec * 1_000_000 + nanos / 1000;
      }
    }
  }

  /** Returns what must be known of what was taken just now. */
  Receipt receipt() {
    long second = BILLION << plan.shift();
    long total = (nanos << plan.shift()) + backlog;
    return new Receipt(plan, sec + total / second, total % second, period, given, dip);
  }
}
