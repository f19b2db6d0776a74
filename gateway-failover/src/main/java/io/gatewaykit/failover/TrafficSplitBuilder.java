package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a {@link TrafficSplit}. Not thread-safe. */
public final class TrafficSplitBuilder {
  final String name;
  double share;
  CanaryRule rule = CanaryRule.alwaysOrNever();
  Ticker ticker = Ticker.system();
  SplitListener listener = new SplitListener() {};
  private int minCalls = 100;
  private double moreFailures = 0.02;
  private double slowerBy = 1.5;
  private boolean guarded = true;

  TrafficSplitBuilder(String name) {
    this.name = requireNonNull(name, "name");
  }

  /**
   * Sets the share of keys the canary gets, 0 to 1. Default: 0.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public TrafficSplitBuilder share(double share) {
    this.share = checkShare(share);
    return this;
  }

  /** Sets what a request's mark means. Default: {@link CanaryRule#alwaysOrNever}. */
  public TrafficSplitBuilder rule(CanaryRule rule) {
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
  public TrafficSplitBuilder guard(int minCalls, double moreFailures, double slowerBy) {
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
  public TrafficSplitBuilder noGuard() {
    guarded = false;
    return this;
  }

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public TrafficSplitBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** Sets who learns of rollbacks. Default: nobody. */
  public TrafficSplitBuilder listener(SplitListener listener) {
    this.listener = requireNonNull(listener, "listener");
    return this;
  }

  /** Builds the split. */
  public TrafficSplit build() {
    return new TrafficSplit(this);
  }

  @Nullable CanaryGuard guard(long now) {
    return guarded ? new CanaryGuard(minCalls, moreFailures, slowerBy, now) : null;
  }

  static double checkShare(double share) {
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
