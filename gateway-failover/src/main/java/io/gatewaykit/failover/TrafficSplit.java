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
 * request may decide instead: {@link CanaryRule}.
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
  private final CanaryRule rule;
  private final Ticker ticker;
  private final SplitListener listener;
  private final @Nullable CanaryGuard guard;
  private final LongAdder canary = new LongAdder();
  private final LongAdder baseline = new LongAdder();

  /** The share with why it is so; swapped whole, so that a rollback never undoes a later change. */
  private record Share(double part, String cause) {}

  private final AtomicReference<Share> share;

  TrafficSplit(TrafficSplitBuilder builder) {
    name = builder.name;
    seed = SplitHash.of(builder.name);
    rule = builder.rule;
    ticker = builder.ticker;
    listener = builder.listener;
    guard = builder.guard(ticker.read());
    share = new AtomicReference<>(new Share(builder.share, "as configured"));
  }

  /** Returns a builder. The name is for people, and chooses who is in first. */
  public static TrafficSplitBuilder builder(String name) {
    return new TrafficSplitBuilder(name);
  }

  /** Where a request goes. */
  public enum Side {
    /** What serves everybody. */
    BASELINE,
    /** What is tried. */
    CANARY
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
      listener.onRollback(new SplitListener.Rollback(name, before, cause));
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
    TrafficSplitBuilder.checkShare(part);
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

  @Override
  public String toString() {
    return "TrafficSplit[" + requireNonNull(name) + ", " + share.get().part + "]";
  }
}
