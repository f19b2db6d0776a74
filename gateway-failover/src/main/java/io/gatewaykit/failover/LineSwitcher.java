// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.failover.internal.line.SwitchRules;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which traffic moves between lines, and its pace. Immutable settings; each group has
 * its own state.
 *
 * <p>The rules, in order of evaluation:
 *
 * <ol>
 *   <li>A line without an available endpoint loses its traffic immediately.
 *   <li>A line that has recovered must stay available for {@code rise} before it receives traffic
 *       again, and longer after recent flaps. Each flap adds one to a penalty with the half-life
 *       {@code flapHalfLife}. The hold time is multiplied by the penalty, and a line whose penalty
 *       exceeds {@code suppress} is excluded until the penalty has fallen to {@code reuse}. If no
 *       other line can carry the traffic, the line receives it regardless.
 *   <li>Its share then ramps up in stages. If it has a higher failure rate or latency in a stage
 *       than the line it replaces, it rolls back to rule 2 and adds a flap.
 *   <li>A line that loses attempts, by failures or by stalls of 180 ms or more, loses its traffic
 *       to a line of any priority that loses fewer by the errors of {@link Builder#rollBack}, with
 *       statistical confidence. If the loss of the other line is unknown, it first receives a
 *       quarter of the traffic as a trial, for at most a minute. If both lose equally, the traffic
 *       stays, and the lines are not compared again for ten minutes. Rule 2 applies to the line
 *       that lost its traffic, with four times the hold time. Disabled if the hold time is zero.
 *   <li>If lines compete by latency, a line of the same priority takes over if its latency times
 *       price was lower by the margin in {@code confirm} consecutive evaluations, or by the
 *       absolute part of the margin in a mean over fifteen times as many, and the last switch was
 *       at least {@code dwell} ago. It ramps up in the same way.
 * </ol>
 *
 * <p>Rules 2 and 3 do not apply when a group starts, only to lines that fail later or are added.
 */
public final class LineSwitcher {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final LineSwitcher DEFAULT = builder().build();
  private static final LineSwitcher IMMEDIATE =
      builder().rise(Duration.ZERO).ramp(Duration.ZERO, 1).build();

  private final SwitchRules rules;

  private LineSwitcher(SwitchRules rules) {
    this.rules = rules;
  }

  SwitchRules rules() {
    return rules;
  }

  /** Returns a new builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the default: 30 s rise; 10, 25, 50 and 100 % for 10 s each; no latency rule. */
  public static LineSwitcher defaults() {
    return DEFAULT;
  }

  /** Returns a switcher that fails back immediately and in full, as nginx and HAProxy do. */
  public static LineSwitcher immediate() {
    return IMMEDIATE;
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable Boolean fastest;
    private @Nullable Double margin;
    private Duration absolute = Duration.ofMillis(5);
    private @Nullable Integer confirm;
    private @Nullable Integer minSamples;
    private @Nullable Duration dwell;
    private @Nullable Duration rise;
    private @Nullable Duration halfLife;
    private double suppress = 2.0;
    private double reuse = 0.75;
    private List<Double> stages = List.of(0.10, 0.25, 0.50, 1.0);
    private @Nullable Duration stageTime;
    private @Nullable Double worseErrors;
    private double worseLatency = 2;

    private Builder() {}

    /**
     * Enables competition of lines of one priority by latency times price. Default: shares by
     * weight.
     */
    public Builder fastest() {
      fastest = Arguments.once("fastest", fastest, true);
      return this;
    }

    /**
     * Sets the margin by which another line must be faster, as the sum of two parts. Default: 15 %
     * and 5 ms.
     *
     * @param fraction a fraction of the active line's latency, 0 to 0.9
     * @param absolute an absolute time, 0 to an hour
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder margin(double fraction, Duration absolute) {
      double checked = Arguments.range("fraction", fraction, 0, 0.9);
      Duration checkedAbsolute = Arguments.range("absolute", absolute, Duration.ZERO, HOUR);
      margin = Arguments.once("margin", margin, checked);
      this.absolute = checkedAbsolute;
      return this;
    }

    /**
     * Sets the number of consecutive evaluations, one per second, in which it must be faster.
     * Default: 10.
     *
     * @throws IllegalArgumentException if it is not 1 to 3600
     */
    public Builder confirm(int evaluations) {
      int checked = Arguments.range("confirm", evaluations, 1, 3600);
      confirm = Arguments.once("confirm", confirm, checked);
      return this;
    }

    /**
     * Sets the minimum number of measurements before the latency of a line is known. Default: 10.
     *
     * @throws IllegalArgumentException if it is not 1 to 100,000
     */
    public Builder minSamples(int samples) {
      int checked = Arguments.range("minSamples", samples, 1, 100_000);
      minSamples = Arguments.once("minSamples", minSamples, checked);
      return this;
    }

    /**
     * Sets the minimum time between two switches by latency. Default: 60 s.
     *
     * @throws IllegalArgumentException if it is negative or more than an hour
     */
    public Builder dwell(Duration time) {
      Duration checked = Arguments.range("dwell", time, Duration.ZERO, HOUR);
      dwell = Arguments.once("dwell", dwell, checked);
      return this;
    }

    /**
     * Sets the time for which a recovered line must stay available. Default: 30 s.
     *
     * @throws IllegalArgumentException if it is negative or more than an hour
     */
    public Builder rise(Duration time) {
      Duration checked = Arguments.range("rise", time, Duration.ZERO, HOUR);
      rise = Arguments.once("rise", rise, checked);
      return this;
    }

    /**
     * Sets the damping of flaps. Default: 60 s, 2.0 and 0.75.
     *
     * @param halfLife the half-life of the penalty, 1 s to an hour
     * @param suppress the penalty above which a line is excluded, 1 to 100
     * @param reuse the penalty at which it is included again, more than 0 and less than {@code
     *     suppress}
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder flaps(Duration halfLife, double suppress, double reuse) {
      Duration checked = Arguments.range("halfLife", halfLife, Duration.ofSeconds(1), HOUR);
      double checkedSuppress = Arguments.range("suppress", suppress, 1, 100);
      if (!(reuse > 0 && reuse < suppress)) {
        throw Arguments.outside("reuse", reuse, "> 0, < " + suppress);
      }
      this.halfLife = Arguments.once("flaps", this.halfLife, checked);
      this.suppress = checkedSuppress;
      this.reuse = reuse;
      return this;
    }

    /**
     * Sets the stages of the ramp. Default: 0.10, 0.25, 0.50 and 1, for 10 s each.
     *
     * @param stageTime the length of each stage, 0 to an hour
     * @param shares at least one, more than 0 and strictly increasing; the last one is 1
     * @throws IllegalArgumentException if they are invalid
     */
    public Builder ramp(Duration stageTime, double... shares) {
      Duration checked = Arguments.range("stageTime", stageTime, Duration.ZERO, HOUR);
      double last = 0;
      for (double share : shares) {
        if (!(share > last)) {
          last = 0;
          break;
        }
        last = share;
      }
      if (last != 1) {
        throw Arguments.outside("shares", Arrays.toString(shares), "rising, the last one 1");
      }
      this.stageTime = Arguments.once("ramp", this.stageTime, checked);
      stages = Arrays.stream(shares).boxed().toList();
      return this;
    }

    /**
     * Sets the conditions for rolling back a stage. Default: 0.02 and 2.
     *
     * @param errors the maximum excess of its failure rate over that of the other line, 0 to 1;
     *     also the excess of lost attempts at which a line loses its traffic, 1: never
     * @param latency the maximum ratio of its 95th percentile in the stage to that of the other
     *     line, 1 to 1000; it must also exceed it by the absolute part of the {@link #margin}.
     *     Allow for a preferred line that is inherently slower
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder rollBack(double errors, double latency) {
      double checked = Arguments.range("errors", errors, 0, 1);
      double checkedLatency = Arguments.range("latency", latency, 1, 1000);
      worseErrors = Arguments.once("rollBack", worseErrors, checked);
      worseLatency = checkedLatency;
      return this;
    }

    /** Builds the settings. */
    public LineSwitcher build() {
      return new LineSwitcher(
          new SwitchRules(
              fastest != null,
              margin == null ? 0.15 : margin,
              absolute.toNanos(),
              confirm == null ? 10 : confirm,
              minSamples == null ? 10 : minSamples,
              (dwell == null ? Duration.ofSeconds(60) : dwell).toNanos(),
              (rise == null ? Duration.ofSeconds(30) : rise).toNanos(),
              (halfLife == null ? Duration.ofSeconds(60) : halfLife).toNanos(),
              suppress,
              reuse,
              stages,
              (stageTime == null ? Duration.ofSeconds(10) : stageTime).toNanos(),
              worseErrors == null ? 0.02 : worseErrors,
              worseLatency));
    }
  }
}
