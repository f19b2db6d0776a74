package io.gatewaykit.failover;

import java.time.Duration;
import java.util.Arrays;

/**
 * When traffic moves to another line, and how fast. Immutable settings; each group has a state of
 * its own.
 *
 * <p>The rules, in the order they apply:
 *
 * <ol>
 *   <li>A line without an available endpoint is left at once.
 *   <li>A line that came back must stay available for {@code rise} before it gets traffic again,
 *       and longer for each recent flap: each failure adds one to a penalty that halves in {@code
 *       flapHalfLife}; the time is multiplied by the penalty, and a line whose penalty exceeds
 *       {@code suppress} stays out until it has fallen to {@code reuse}. If no other line can take
 *       the traffic, it gets it all the same.
 *   <li>Then its share ramps up in stages. A stage that fails more, or is slower, than the line it
 *       takes traffic from, rolls back to rule 2 and adds a flap.
 *   <li>If lines compete by latency, a line of the same priority takes over if its latency times
 *       price was lower by the margin in {@code confirm} evaluations in a row, or by the absolute
 *       part of the margin in the mean of fifteen times as many, and the last switch is at least
 *       {@code dwell} ago. It ramps up likewise.
 * </ol>
 *
 * <p>Rules 2 and 3 do not apply when a group starts, only to lines that fail later or are added.
 */
public final class LineSwitcher {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final LineSwitcher DEFAULT = builder().build();
  private static final LineSwitcher IMMEDIATE =
      builder().rise(Duration.ZERO).ramp(Duration.ZERO, 1).build();

  final boolean fastest;
  final double margin;
  final long absoluteNanos;
  final int confirm;
  final int minSamples;
  final long dwellNanos;
  final long riseNanos;
  final long halfLifeNanos;
  final double suppress;
  final double reuse;
  final double[] stages;
  final long stageNanos;
  final double worseErrors;
  final double worseLatency;

  private LineSwitcher(Builder builder) {
    fastest = builder.fastest;
    margin = builder.margin;
    absoluteNanos = builder.absolute.toNanos();
    confirm = builder.confirm;
    minSamples = builder.minSamples;
    dwellNanos = builder.dwell.toNanos();
    riseNanos = builder.rise.toNanos();
    halfLifeNanos = builder.halfLife.toNanos();
    suppress = builder.suppress;
    reuse = builder.reuse;
    stages = builder.stages;
    stageNanos = builder.stageTime.toNanos();
    worseErrors = builder.worseErrors;
    worseLatency = builder.worseLatency;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the default: 30 s rise; 10, 25, 50 and 100 % for 10 s each; no latency rule. */
  public static LineSwitcher defaults() {
    return DEFAULT;
  }

  /** Returns the switcher that goes back at once and wholly, as nginx and HAProxy do. */
  public static LineSwitcher immediate() {
    return IMMEDIATE;
  }

  /** Collects the settings. Not thread-safe. */
  public static final class Builder {
    private boolean fastest;
    private double margin = 0.15;
    private Duration absolute = Duration.ofMillis(5);
    private int confirm = 10;
    private int minSamples = 10;
    private Duration dwell = Duration.ofSeconds(60);
    private Duration rise = Duration.ofSeconds(30);
    private Duration halfLife = Duration.ofSeconds(60);
    private double suppress = 2.0;
    private double reuse = 0.75;
    private double[] stages = {0.10, 0.25, 0.50, 1};
    private Duration stageTime = Duration.ofSeconds(10);
    private double worseErrors = 0.02;
    private double worseLatency = 2;

    private Builder() {}

    /** Lets lines of one priority compete by latency times price. Default: they share by weight. */
    public Builder fastest() {
      fastest = true;
      return this;
    }

    /**
     * Sets by how much another line must be faster. Default: 15 % and 5 ms.
     *
     * @param part of the active line's latency, 0 to 0.9
     * @param absolute and so much besides, 0 to an hour
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder margin(double part, Duration absolute) {
      margin = Checks.range("margin", part, 0, 0.9);
      this.absolute = Checks.time("margin", absolute, Duration.ZERO, HOUR);
      return this;
    }

    /**
     * Sets in how many evaluations in a row, one a second, it must be faster. Default: 10.
     *
     * @throws IllegalArgumentException if it is not 1 to 3600
     */
    public Builder confirm(int evaluations) {
      confirm = Checks.range("confirm", evaluations, 1, 3600);
      return this;
    }

    /**
     * Sets how many measurements of a line count as knowing its latency. Default: 10.
     *
     * @throws IllegalArgumentException if it is not 1 to 100,000
     */
    public Builder minSamples(int samples) {
      minSamples = Checks.range("minSamples", samples, 1, 100_000);
      return this;
    }

    /**
     * Sets the least time between two switches for latency. Default: 60 s.
     *
     * @throws IllegalArgumentException if it is negative or more than an hour
     */
    public Builder dwell(Duration time) {
      dwell = Checks.time("dwell", time, Duration.ZERO, HOUR);
      return this;
    }

    /**
     * Sets how long a line that came back must stay available. Default: 30 s.
     *
     * @throws IllegalArgumentException if it is negative or more than an hour
     */
    public Builder rise(Duration time) {
      rise = Checks.time("rise", time, Duration.ZERO, HOUR);
      return this;
    }

    /**
     * Sets how flaps are remembered. Default: 60 s, 2.0 and 0.75.
     *
     * @param halfLife in what time a penalty halves, 1 s to an hour
     * @param suppress a line with more penalty stays out, 1 to 100
     * @param reuse until it has fallen to this, more than 0, less than {@code suppress}
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder flaps(Duration halfLife, double suppress, double reuse) {
      this.halfLife = Checks.time("halfLife", halfLife, Duration.ofSeconds(1), HOUR);
      this.suppress = Checks.range("suppress", suppress, 1, 100);
      if (!(reuse > 0 && reuse < suppress)) {
        throw new IllegalArgumentException(
            "reuse: " + reuse + " (expected: > 0, < " + suppress + ")");
      }
      this.reuse = reuse;
      return this;
    }

    /**
     * Sets the stages of the ramp. Default: 0.10, 0.25, 0.50 and 1, for 10 s each.
     *
     * @param stageTime how long each stage lasts, 0 to an hour
     * @param shares at least one, rising, more than 0; the last one is 1
     * @throws IllegalArgumentException if they are not so
     */
    public Builder ramp(Duration stageTime, double... shares) {
      this.stageTime = Checks.time("stageTime", stageTime, Duration.ZERO, HOUR);
      double last = 0;
      for (double share : shares) {
        if (!(share > last)) {
          last = 0;
          break;
        }
        last = share;
      }
      if (last != 1) {
        throw new IllegalArgumentException(
            "shares: " + Arrays.toString(shares) + " (expected: rising, the last one 1)");
      }
      stages = shares.clone();
      return this;
    }

    /**
     * Sets what makes a stage roll back. Default: 0.02 and 2.
     *
     * @param errors its share of failures exceeds the other line's by more, 0 to 1
     * @param latency its 95th percentile in the stage exceeds the other line's so many times, 1 to
     *     1000, and by the absolute part of the {@link #margin}; a better line may well be a slower
     *     one, so leave room for that
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder rollBack(double errors, double latency) {
      worseErrors = Checks.range("errors", errors, 0, 1);
      worseLatency = Checks.range("latency", latency, 1, 1000);
      return this;
    }

    /** Builds the settings. */
    public LineSwitcher build() {
      return new LineSwitcher(this);
    }
  }
}
