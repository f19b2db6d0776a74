// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.internal.window.CountWindow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a share of the keys to a canary, and rolls back if it performs worse than the baseline.
 *
 * <p>The side of a key is determined by its hash and the share: a key is always assigned to the
 * same side, on every instance, and a growing share only adds keys. Each split includes its own
 * name in the hash, so that different splits start with different keys. A header or another mark of
 * the request can take precedence: see {@link Rule}.
 *
 * <p>A guard compares the two sides, and sets the share to 0 when the failure rate or latency of
 * the canary exceeds its limit. The share then remains 0 until {@link #share(double)} is called.
 * Requests that select the canary by a mark are still sent there, so that the problem can be
 * investigated.
 *
 * <pre>{@code
 * TrafficSplit.Side side = split.side(userId, request.header("x-canary"));
 * FailoverGroup<URI> group = side == Side.CANARY ? next : current;
 * ...
 * split.report(side, outcome, latencyNanos);
 * }</pre>
 *
 * <p>Thread-safe. Selecting a side and reporting do not allocate. Starts no thread: reports trigger
 * the guard, at most once a second.
 */
public final class TrafficSplit {
  private static final Logger log = LoggerFactory.getLogger(TrafficSplit.class);

  private final String name;
  private final long seed;
  private final Rule rule;
  private final Ticker ticker;
  private final TrafficSplitListener listener;
  private final @Nullable CanaryGuard guard;
  private final LongAdder canary = new LongAdder();
  private final LongAdder baseline = new LongAdder();

  /**
   * The share with its cause; replaced atomically, so that a rollback never undoes a later change.
   */
  private record Share(double part, String cause) {}

  private final AtomicReference<Share> share;

  TrafficSplit(Builder builder) {
    name = builder.name;
    seed = SplitHash.of(builder.name);
    rule = builder.rule == null ? Rule.alwaysOrNever() : builder.rule;
    ticker = builder.ticker == null ? Ticker.system() : builder.ticker;
    listener = builder.listener == null ? new TrafficSplitListener() {} : builder.listener;
    guard = builder.guard(ticker.read());
    share =
        new AtomicReference<>(
            new Share(builder.share == null ? 0 : builder.share, "initial configuration"));
  }

  /**
   * Returns a new builder.
   *
   * @param name the name in logs, which also determines the keys that are assigned to the canary
   *     first
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** The destination of a request. */
  public enum Side {
    /** The current version. */
    BASELINE,
    /** The version under test. */
    CANARY
  }

  /** Selects the side by a mark of the request, such as the value of a header or cookie. */
  @FunctionalInterface
  public interface Rule {

    /** Returns the side for a mark, or null to select by key. */
    @Nullable Side side(CharSequence mark);

    /**
     * Returns a rule that maps {@code always} to the canary and {@code never} to the baseline,
     * ignoring case, and selects by key for other marks: testers opt in, and sensitive clients opt
     * out.
     */
    static Rule alwaysOrNever() {
      return mark -> {
        if (equalsIgnoreCase(mark, "always")) {
          return Side.CANARY;
        }
        return equalsIgnoreCase(mark, "never") ? Side.BASELINE : null;
      };
    }

    /** Returns a rule that maps exactly this mark to the canary. */
    static Rule equalTo(String value) {
      return mark -> value.contentEquals(mark) ? Side.CANARY : null;
    }
  }

  /** Selects the side by the key alone. */
  public Side side(CharSequence key) {
    return side(SplitHash.of(key), null);
  }

  /**
   * Selects the side by the rule, or by the key if the rule returns null.
   *
   * @param mark the input of the rule, such as the value of a header; null if absent
   */
  public Side side(CharSequence key, @Nullable CharSequence mark) {
    return side(SplitHash.of(key), mark);
  }

  /**
   * Equivalent to {@link #side(CharSequence, CharSequence)} for numeric keys of any distribution.
   */
  public Side side(long key, @Nullable CharSequence mark) {
    Side ruled = mark == null ? null : rule.side(mark);
    Side side = ruled == null ? hashed(key) : ruled;
    (side == Side.CANARY ? canary : baseline).increment();
    return side;
  }

  private Side hashed(long key) {
    double point = (SplitHash.mix(key ^ seed) >>> 11) * 0x1p-53; // 0 inclusive to 1 exclusive
    return point < share.get().part ? Side.CANARY : Side.BASELINE;
  }

  /**
   * Reports the outcome of a request to the guard. Only successes and {@linkplain
   * Outcome#againstEndpoint() endpoint failures} are recorded.
   */
  public void report(Side side, Outcome outcome, long latencyNanos) {
    CanaryGuard currentGuard = guard;
    if (currentGuard == null || outcome != Outcome.SUCCESS && !outcome.againstEndpoint()) {
      return;
    }
    long now = ticker.read();
    currentGuard.record(side == Side.CANARY, outcome == Outcome.SUCCESS, latencyNanos, now);
    if (currentGuard.isDue(now)) {
      Share current = share.get();
      String violation = current.part == 0 ? null : currentGuard.violation(now);
      if (violation != null && share.compareAndSet(current, new Share(0, violation))) {
        onRolledBack(current.part, violation);
      }
    }
  }

  private void onRolledBack(double before, String cause) {
    log.warn("split {}: canary rolled back from share {} to 0: {}", name, before, cause);
    try {
      listener.onRollback(new CanaryRollback(name, before, cause));
    } catch (RuntimeException e) {
      log.warn("traffic split listener threw an exception", e);
    }
  }

  /** Returns the canary's share of the keys, 0 to 1. */
  public double share() {
    return share.get().part;
  }

  /**
   * Sets the share, 0 to 1, and clears the statistics of the guard.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public void share(double part) {
    Builder.checkShare(part);
    if (guard != null) {
      guard.reset(ticker.read());
    }
    share.set(new Share(part, "set by an operator"));
  }

  /** Returns a snapshot. */
  public TrafficSplitSnapshot snapshot() {
    Share current = share.get();
    return new TrafficSplitSnapshot(
        name, current.part, current.cause, canary.sum(), baseline.sum());
  }

  private static boolean equalsIgnoreCase(CharSequence one, String other) {
    return one.length() == other.length() && other.equalsIgnoreCase(one.toString());
  }

  @Override
  public String toString() {
    return "TrafficSplit[" + requireNonNull(name) + ", " + share.get().part + "]";
  }

  /** Collects the settings of a {@link TrafficSplit}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private @Nullable Double share;
    private @Nullable Rule rule;
    private @Nullable Ticker ticker;
    private @Nullable TrafficSplitListener listener;
    private @Nullable Integer minCalls;
    private double moreFailures = 0.02;
    private double slowerBy = 1.5;
    private boolean noGuard;

    private Builder(String name) {
      this.name = requireNonNull(name, "name");
    }

    /**
     * Sets the canary's share of the keys, 0 to 1. Default: 0.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder share(double share) {
      this.share = Arguments.once("share", this.share, checkShare(share));
      return this;
    }

    /** Sets the rule for marks. Default: {@link Rule#alwaysOrNever}. */
    public Builder rule(Rule rule) {
      this.rule = Arguments.once("rule", this.rule, rule);
      return this;
    }

    /**
     * Sets the conditions for a rollback, evaluated over the last minute.
     *
     * @param minCalls the minimum number of calls before evaluation, 1 to 65,536. Default: 100
     * @param moreFailures the maximum excess of its failure rate over that of the baseline, 0 to 1.
     *     Default: 0.02
     * @param slowerBy the maximum ratio of its 95th percentile of latency to that of the baseline,
     *     1 to 1000. Default: 1.5
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder guard(int minCalls, double moreFailures, double slowerBy) {
      int checkedCalls = Arguments.range("minCalls", minCalls, 1, CountWindow.MAX_SIZE);
      check("moreFailures", moreFailures, 0, 1);
      double checkedRatio = check("slowerBy", slowerBy, 1, 1000);
      Arguments.excludes("guard", "noGuard", noGuard ? true : null);
      this.minCalls = Arguments.once("guard", this.minCalls, checkedCalls);
      this.moreFailures = moreFailures;
      this.slowerBy = checkedRatio;
      return this;
    }

    /** Disables the guard; only {@link TrafficSplit#share(double)} changes the share. */
    public Builder noGuard() {
      Arguments.excludes("noGuard", "guard", minCalls);
      noGuard = Arguments.once("noGuard", noGuard ? true : null, true);
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /** Sets the listener for rollbacks. Default: none. */
    public Builder listener(TrafficSplitListener listener) {
      this.listener = Arguments.once("listener", this.listener, listener);
      return this;
    }

    /** Builds the split. */
    public TrafficSplit build() {
      return new TrafficSplit(this);
    }

    private @Nullable CanaryGuard guard(long now) {
      int calls = minCalls == null ? 100 : minCalls;
      return noGuard ? null : new CanaryGuard(calls, moreFailures, slowerBy, now);
    }

    private static double checkShare(double share) {
      return check("share", share, 0, 1);
    }

    private static double check(String name, double value, int min, int max) {
      if (!(value >= min && value <= max)) {
        throw Arguments.outside(name, value, min + ".." + max);
      }
      return value;
    }
  }
}
