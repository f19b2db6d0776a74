package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Outcome;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a part of the users to something new, and takes them back if it does worse.
 *
 * <p>Who is in is decided by a hash of the user's key, against the share: the same user always gets
 * the same answer, on every instance, and a growing share only adds users. Each split hashes by its
 * own name, so that not the same users are first in everything. A header or any other mark of the
 * request may decide instead: {@link Rule}.
 *
 * <p>A guard compares how both sides fare, and sets the share to 0 when the canary fails more often
 * or answers more slowly than it may; it stays there until {@link #share(double)} is called. Who
 * asks for the canary by a mark still gets it then, so that it can be looked into.
 *
 * <pre>{@code
 * TrafficSplit.Side side = split.side(userId, request.header("x-canary"));
 * FailoverGroup<URI> group = side == Side.CANARY ? next : current;
 * ...
 * split.report(side, outcome, latencyNanos);
 * }</pre>
 *
 * <p>Thread-safe. Deciding and reporting allocate nothing. Starts no thread: the guard looks at
 * most once a second, when a report comes.
 */
public final class TrafficSplit {
  private static final Logger log = LoggerFactory.getLogger(TrafficSplit.class);

  private final String name;
  private final long seed;
  private final Rule rule;
  private final Ticker ticker;
  private final Listener listener;
  private final @Nullable CanaryGuard guard;
  private final LongAdder canary = new LongAdder();
  private final LongAdder baseline = new LongAdder();

  /** The share with why it is so; swapped whole, so that a rollback never undoes a later change. */
  private record Share(double part, String cause) {}

  private final AtomicReference<Share> share;

  TrafficSplit(Builder builder) {
    name = builder.name;
    seed = SplitHash.of(builder.name);
    rule = builder.rule;
    ticker = builder.ticker;
    listener = builder.listener;
    guard = builder.guard(ticker.read());
    share = new AtomicReference<>(new Share(builder.share, "as configured"));
  }

  /** Returns a builder. The name is for people, and chooses who is in first. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** Where a request goes. */
  public enum Side {
    /** What serves everybody. */
    BASELINE,
    /** What is tried. */
    CANARY
  }

  /** Decides by a mark of the request, such as the value of a header or cookie. */
  @FunctionalInterface
  public interface Rule {

    /** Returns where requests with that mark go, or null if the share is to decide. */
    @Nullable Side side(CharSequence mark);

    /**
     * Returns the rule by which {@code always} and {@code never} mean what they say, and a number
     * is ignored: testers opt in, and who must not be bothered opts out. Letter case does not
     * matter.
     */
    static Rule alwaysOrNever() {
      return mark -> {
        if (equalsIgnoreCase(mark, "always")) {
          return Side.CANARY;
        }
        return equalsIgnoreCase(mark, "never") ? Side.BASELINE : null;
      };
    }

    /** Returns the rule by which exactly this mark means the canary. */
    static Rule equalTo(String value) {
      return mark -> value.contentEquals(mark) ? Side.CANARY : null;
    }
  }

  /**
   * Learns of what a {@link TrafficSplit} does by itself. Called on the caller's thread, so it must
   * be quick; what it throws is caught and logged.
   */
  public interface Listener {

    /** Called after the guard took the canary's share back. */
    default void onRollback(Rollback rollback) {}

    /**
     * A canary that was found worse than the baseline.
     *
     * @param split the split's name
     * @param share the share it had, 0 to 1
     * @param cause why, for people
     */
    record Rollback(String split, double share, String cause) {}
  }

  /** Decides by the key alone. */
  public Side side(CharSequence key) {
    return side(SplitHash.of(key), null);
  }

  /**
   * Decides by the rule, and by the key if the rule has no opinion.
   *
   * @param mark what the rule looks at, such as the value of a header; null if there is none
   */
  public Side side(CharSequence key, @Nullable CharSequence mark) {
    return side(SplitHash.of(key), mark);
  }

  /** As the other one, for keys that are numbers; any distribution of them will do. */
  public Side side(long key, @Nullable CharSequence mark) {
    Side ruled = mark == null ? null : rule.side(mark);
    Side side = ruled == null ? hashed(key) : ruled;
    (side == Side.CANARY ? canary : baseline).increment();
    return side;
  }

  private Side hashed(long key) {
    double place = (SplitHash.mix(key ^ seed) >>> 11) * 0x1p-53; // 0 to below 1
    return place < share.get().part ? Side.CANARY : Side.BASELINE;
  }

  /** Tells the guard how a request fared. Only real failures and successes count. */
  public void report(Side side, Outcome outcome, long latencyNanos) {
    CanaryGuard watching = guard;
    if (watching == null || outcome != Outcome.SUCCESS && !outcome.againstEndpoint()) {
      return;
    }
    long now = ticker.read();
    watching.record(side == Side.CANARY, outcome == Outcome.SUCCESS, latencyNanos, now);
    if (watching.isDue(now)) {
      Share current = share.get();
      String breach = current.part == 0 ? null : watching.breach(now);
      if (breach != null && share.compareAndSet(current, new Share(0, breach))) {
        rolledBack(current.part, breach);
      }
    }
  }

  private void rolledBack(double before, String cause) {
    log.warn("split {}: the canary's share goes from {} to 0: {}", name, before, cause);
    try {
      listener.onRollback(new Listener.Rollback(name, before, cause));
    } catch (RuntimeException e) {
      log.warn("a split's listener failed", e);
    }
  }

  /** Returns the share of keys the canary gets, 0 to 1. */
  public double share() {
    return share.get().part;
  }

  /**
   * Sets the share, 0 to 1; what the guard has seen until now is forgotten.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public void share(double part) {
    Builder.checkShare(part);
    if (guard != null) {
      guard.forget(ticker.read());
    }
    share.set(new Share(part, "an operator said so"));
  }

  /**
   * How a split stands.
   *
   * @param name its name
   * @param share the canary's share, 0 to 1
   * @param cause why it is so, for people
   * @param canary how many requests went to the canary
   * @param baseline how many went to the baseline
   */
  public record Snapshot(String name, double share, String cause, long canary, long baseline) {}

  /** Returns how it stands. */
  public Snapshot snapshot() {
    Share current = share.get();
    return new Snapshot(name, current.part, current.cause, canary.sum(), baseline.sum());
  }

  private static boolean equalsIgnoreCase(CharSequence one, String other) {
    return one.length() == other.length() && other.equalsIgnoreCase(one.toString());
  }

  @Override
  public String toString() {
    return "TrafficSplit[" + requireNonNull(name) + ", " + share.get().part + "]";
  }

  /** Collects the settings of a {@link TrafficSplit}. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private double share;
    private Rule rule = Rule.alwaysOrNever();
    private Ticker ticker = Ticker.system();
    private Listener listener = new Listener() {};
    private int minCalls = 100;
    private double moreFailures = 0.02;
    private double slowerBy = 1.5;
    private boolean guarded = true;

    private Builder(String name) {
      this.name = requireNonNull(name, "name");
    }

    /**
     * Sets the share of keys the canary gets, 0 to 1. Default: 0.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder share(double share) {
      this.share = checkShare(share);
      return this;
    }

    /** Sets what a request's mark means. Default: {@link Rule#alwaysOrNever}. */
    public Builder rule(Rule rule) {
      this.rule = requireNonNull(rule, "rule");
      return this;
    }

    /**
     * Sets when the canary is taken back, by the calls of the last minute.
     *
     * @param minCalls how many calls tell anything, 1 to 65,536. Default: 100
     * @param moreFailures by how much its part of failures may exceed the baseline's, 0 to 1.
     *     Default: 0.02
     * @param slowerBy how many times the baseline's 95th percentile of latency it may take, 1 to
     *     1000. Default: 1.5
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder guard(int minCalls, double moreFailures, double slowerBy) {
      if (minCalls < 1 || minCalls > CountWindow.MAX_SIZE) {
        throw new IllegalArgumentException("minCalls: " + minCalls + " (expected: 1..65536)");
      }
      check("moreFailures", moreFailures, 0, 1);
      this.slowerBy = check("slowerBy", slowerBy, 1, 1000);
      this.moreFailures = moreFailures;
      this.minCalls = minCalls;
      guarded = true;
      return this;
    }

    /** Leaves the share to people alone. */
    public Builder noGuard() {
      guarded = false;
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets who learns of rollbacks. Default: nobody. */
    public Builder listener(Listener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /** Builds the split. */
    public TrafficSplit build() {
      return new TrafficSplit(this);
    }

    private @Nullable CanaryGuard guard(long now) {
      return guarded ? new CanaryGuard(minCalls, moreFailures, slowerBy, now) : null;
    }

    private static double checkShare(double share) {
      return check("share", share, 0, 1);
    }

    private static double check(String name, double value, int min, int max) {
      if (!(value >= min && value <= max)) {
        throw new IllegalArgumentException(
            name + ": " + value + " (expected: " + min + ".." + max + ")");
      }
      return value;
    }
  }
}
