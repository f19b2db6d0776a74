// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.outlier.OutlierSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of outlier detection, which ejects a target for a limited time if its real traffic
 * performs worse than that of the others. Immutable. Start with {@link #standard()} or {@link
 * #builder()}.
 */
public final class Outliers {
  /** How the maximum number of ejected targets is derived from a fraction of all targets. */
  public enum Cap {
    /** The fraction, rounded down, but at least one. */
    AT_LEAST_ONE,
    /** As in Envoy: the fraction, rounded down, which is zero if there are few targets. */
    ENVOY,
    /** As in gRPC: another target may be ejected as long as fewer than the fraction are. */
    GRPC
  }

  private final OutlierSettings settings;

  private Outliers(OutlierSettings settings) {
    this.settings = settings;
  }

  /** Returns a builder with all detectors disabled. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns common settings: 5 consecutive failures; success rate with factor 1.9; 85 % failures;
   * comparisons among at least 5 targets with at least 100 requests in 10 seconds; ejection for 30
   * seconds to 5 minutes, of at most 10 % of the targets.
   */
  public static Outliers standard() {
    return builder().consecutiveFailures(5).successRate(1.9).failurePercentage(85).build();
  }

  /** Returns a copy for a dry run: outliers are reported but not ejected. */
  public Outliers asDryRun() {
    return new Outliers(settings.withEnforce(0));
  }

  OutlierSettings settings() {
    return settings;
  }

  /** Returns whether another target may be ejected while {@code out} of {@code targets} are. */
  static boolean mayEject(Cap cap, double share, int targets, int out) {
    return switch (cap) {
      case AT_LEAST_ONE -> out < Math.max(1, (int) (targets * share));
      case ENVOY -> out + 1 <= targets * share;
      case GRPC -> out < targets * share;
    };
  }

  /** Collects the settings of {@link Outliers}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private @Nullable Integer consecutiveFailures;
    private @Nullable Integer consecutiveGatewayFailures;
    private @Nullable Double minAverage;
    private Duration averageWindow = Duration.ofSeconds(30);
    private int averageRequests = 5;
    private @Nullable Double successRateFactor;
    private @Nullable Integer failurePercentage;
    private @Nullable Double latencyFactor;
    private @Nullable Integer minTargets;
    private int minRequests = 100;
    private @Nullable Duration interval;
    private @Nullable Duration base;
    private Duration max = Duration.ofMinutes(5);
    private Duration maxJitter = Duration.ZERO;
    private @Nullable Double maxShare;
    private Cap cap = Cap.AT_LEAST_ONE;
    private @Nullable Integer enforce;
    private boolean probeMayRelease;

    private Builder() {}

    /** Ejects immediately after this many consecutive failures. Default: 0, disabled. */
    public Builder consecutiveFailures(int failures) {
      int checked = Arguments.range("consecutiveFailures", failures, 0, 1_000_000);
      consecutiveFailures = Arguments.once("consecutiveFailures", consecutiveFailures, checked);
      return this;
    }

    /**
     * Ejects immediately after this many consecutive gateway or connection failures: 502, 503, 504,
     * no connection, timeout. Any other result resets the count, including a 500, which the request
     * itself may have caused. Default: 0, disabled.
     */
    public Builder consecutiveGatewayFailures(int failures) {
      int checked = Arguments.range("consecutiveGatewayFailures", failures, 0, 1_000_000);
      consecutiveGatewayFailures =
          Arguments.once("consecutiveGatewayFailures", consecutiveGatewayFailures, checked);
      return this;
    }

    /**
     * Ejects immediately if the success rate falls below a minimum. It is a moving average: the
     * weight of earlier results decays by 1/e within each window. A target is not evaluated before
     * its first window has elapsed, nor with fewer than {@code minRequests} in a window. Finagle's
     * failure accrual uses 0.8, 30 seconds and 5. Default: 0, disabled.
     */
    public Builder averageSuccess(double min, Duration window, int minRequests) {
      double checked = check("averageSuccess", min, 0, 1);
      Duration checkedWindow = TimeRange.check("window", window);
      int checkedRequests = Arguments.range("minRequests", minRequests, 1, 1_000_000);
      minAverage = Arguments.once("averageSuccess", minAverage, checked);
      averageWindow = checkedWindow;
      averageRequests = checkedRequests;
      return this;
    }

    /**
     * Ejects targets whose success rate is below mean − factor × standard deviation of all. It
     * detects nothing once more than about a fifth of the targets are bad: combine it with another
     * detector. Default: 0, disabled.
     */
    public Builder successRate(double factor) {
      double checked = check("successRate", factor, 0, 100);
      successRateFactor = Arguments.once("successRate", successRateFactor, checked);
      return this;
    }

    /** Ejects targets with at least this percentage of failures. Default: 0, disabled. */
    public Builder failurePercentage(int percent) {
      int checked = Arguments.range("failurePercentage", percent, 0, 100);
      failurePercentage = Arguments.once("failurePercentage", failurePercentage, checked);
      return this;
    }

    /**
     * Ejects targets whose 90th percentile of latency exceeds factor × the median of that of all
     * targets. Default: 0, disabled.
     */
    public Builder latency(double factor) {
      double checked = check("latency", factor, 0, 1_000);
      latencyFactor = Arguments.once("latency", latencyFactor, checked);
      return this;
    }

    /**
     * Sets the minimum volume for comparisons: the number of targets, and the number of requests
     * each of them must have in an interval. Default: 5 and 100.
     */
    public Builder volume(int minTargets, int minRequests) {
      int checked = Arguments.range("minTargets", minTargets, 1, 1_000_000);
      int checkedRequests = Arguments.range("minRequests", minRequests, 1, 1_000_000);
      this.minTargets = Arguments.once("volume", this.minTargets, checked);
      this.minRequests = checkedRequests;
      return this;
    }

    /** Sets the time between two comparisons. Default: 10 seconds. */
    public Builder interval(Duration interval) {
      Duration checked = TimeRange.check("interval", interval);
      this.interval = Arguments.once("interval", this.interval, checked);
      return this;
    }

    /**
     * Sets the duration of the first ejection, its maximum, and the maximum jitter added to each
     * ejection. The n-th consecutive ejection lasts n times as long. Default: 30 seconds, 5
     * minutes, none.
     *
     * @param maxJitter zero for none
     * @throws IllegalArgumentException if one is not 0 ms (for the jitter) or 1 ms to 24 h, or the
     *     maximum is shorter than the first ejection
     */
    public Builder ejection(Duration base, Duration max, Duration maxJitter) {
      Duration checked = TimeRange.check("base", base);
      Duration checkedMax = TimeRange.check("max", max);
      if (max.compareTo(base) < 0) {
        throw new IllegalArgumentException(
            "max: " + max + " (expected: at least base, " + base + ")");
      }
      Duration checkedJitter =
          maxJitter.isZero() ? maxJitter : TimeRange.check("maxJitter", maxJitter);
      this.base = Arguments.once("ejection", this.base, checked);
      this.max = checkedMax;
      this.maxJitter = checkedJitter;
      return this;
    }

    /**
     * Sets the maximum fraction of all targets that may be ejected at the same time. The last
     * available target is never ejected. Default: 0.1, at least one.
     */
    public Builder cap(double share, Cap cap) {
      double checked = check("cap", share, 0, 1);
      requireNonNull(cap, "cap");
      maxShare = Arguments.once("cap", maxShare, checked);
      this.cap = cap;
      return this;
    }

    /**
     * Sets the percentage of detected outliers that are ejected. For the others only a notice is
     * published. Default: 100; 0 is a dry run.
     */
    public Builder enforce(int percent) {
      int checked = Arguments.range("enforce", percent, 0, 100);
      enforce = Arguments.once("enforce", enforce, checked);
      return this;
    }

    /**
     * Ends an ejection when a probe passes, as Envoy does. Default: disabled, since a target that
     * fails real traffic may still pass probes.
     */
    public Builder probeMayRelease() {
      probeMayRelease = Arguments.once("probeMayRelease", probeMayRelease ? true : null, true);
      return this;
    }

    private static double check(String field, double value, double from, double to) {
      if (!(value >= from && value <= to)) {
        throw new IllegalArgumentException(
            "%s: %s (expected: %s..%s)".formatted(field, text(value), text(from), text(to)));
      }
      return value;
    }

    private static String text(double value) {
      return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static int or(@Nullable Integer value, int byDefault) {
      return value == null ? byDefault : value;
    }

    private static double or(@Nullable Double value, double byDefault) {
      return value == null ? byDefault : value;
    }

    private static long nanos(@Nullable Duration value, int defaultSeconds) {
      return (value == null ? Duration.ofSeconds(defaultSeconds) : value).toNanos();
    }

    /** Builds the settings. */
    public Outliers build() {
      double share = or(maxShare, 0.1);
      Cap chosenCap = cap;
      return new Outliers(
          new OutlierSettings(
              or(consecutiveFailures, 0),
              or(consecutiveGatewayFailures, 0),
              or(minAverage, 0),
              averageWindow.toNanos(),
              averageRequests,
              or(successRateFactor, 0),
              or(failurePercentage, 0),
              or(latencyFactor, 0),
              or(minTargets, 5),
              minRequests,
              nanos(interval, 10),
              nanos(base, 30),
              max.toNanos(),
              maxJitter.toNanos(),
              (targets, ejected) -> mayEject(chosenCap, share, targets, ejected),
              or(enforce, 100),
              probeMayRelease));
    }
  }
}
