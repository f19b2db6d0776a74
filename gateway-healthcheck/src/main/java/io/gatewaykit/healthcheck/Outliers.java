package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.outlier.OutlierSettings;
import java.time.Duration;

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

  /** Collects the settings of {@link Outliers}. Not thread-safe. */
  public static final class Builder {
    private int consecutiveFailures;
    private int consecutiveGatewayFailures;
    private double minAverage;
    private Duration averageWindow = Duration.ofSeconds(30);
    private int averageRequests = 5;
    private double successRateFactor;
    private int failurePercentage;
    private double latencyFactor;
    private int minTargets = 5;
    private int minRequests = 100;
    private Duration interval = Duration.ofSeconds(10);
    private Duration base = Duration.ofSeconds(30);
    private Duration max = Duration.ofMinutes(5);
    private Duration maxJitter = Duration.ZERO;
    private double maxShare = 0.1;
    private Cap cap = Cap.AT_LEAST_ONE;
    private int enforce = 100;
    private boolean probeMayRelease;

    private Builder() {}

    /** Ejects immediately after this many consecutive failures. Default: 0, disabled. */
    public Builder consecutiveFailures(int failures) {
      consecutiveFailures = Arguments.range("consecutiveFailures", failures, 0, 1_000_000);
      return this;
    }

    /**
     * Ejects immediately after this many consecutive gateway or connection failures: 502, 503, 504,
     * no connection, timeout. Any other result resets the count, including a 500, which the request
     * itself may have caused. Default: 0, disabled.
     */
    public Builder consecutiveGatewayFailures(int failures) {
      consecutiveGatewayFailures =
          Arguments.range("consecutiveGatewayFailures", failures, 0, 1_000_000);
      return this;
    }

    /**
     * Ejects immediately if the success rate falls below a minimum. It is a moving average: the
     * weight of earlier results decays by 1/e within each window. A target is not evaluated before
     * its first window has elapsed, nor with fewer than {@code minRequests} in a window. Finagle's
     * failure accrual uses 0.8, 30 seconds and 5. Default: 0, disabled.
     */
    public Builder averageSuccess(double min, Duration window, int minRequests) {
      minAverage = check("averageSuccess", min, 0, 1);
      averageWindow = check("window", window, 1);
      averageRequests = Arguments.range("minRequests", minRequests, 1, 1_000_000);
      return this;
    }

    /**
     * Ejects targets whose success rate is below mean − factor × standard deviation of all. It
     * detects nothing once more than about a fifth of the targets are bad: combine it with another
     * detector. Default: 0, disabled.
     */
    public Builder successRate(double factor) {
      successRateFactor = check("successRate", factor, 0, 100);
      return this;
    }

    /** Ejects targets with at least this percentage of failures. Default: 0, disabled. */
    public Builder failurePercentage(int percent) {
      failurePercentage = Arguments.range("failurePercentage", percent, 0, 100);
      return this;
    }

    /**
     * Ejects targets whose 90th percentile of latency exceeds factor × the median of that of all
     * targets. Default: 0, disabled.
     */
    public Builder latency(double factor) {
      latencyFactor = check("latency", factor, 0, 1_000);
      return this;
    }

    /**
     * Sets the minimum volume for comparisons: the number of targets, and the number of requests
     * each of them must have in an interval. Default: 5 and 100.
     */
    public Builder volume(int minTargets, int minRequests) {
      this.minTargets = Arguments.range("minTargets", minTargets, 1, 1_000_000);
      this.minRequests = Arguments.range("minRequests", minRequests, 1, 1_000_000);
      return this;
    }

    /** Sets the time between two comparisons. Default: 10 seconds. */
    public Builder interval(Duration interval) {
      this.interval = check("interval", interval, 1);
      return this;
    }

    /**
     * Sets the duration of the first ejection and its maximum. The n-th consecutive ejection lasts
     * n times as long. Default: 30 seconds, 5 minutes.
     */
    public Builder ejection(Duration base, Duration max) {
      return ejection(base, max, Duration.ZERO);
    }

    /**
     * Sets the duration of the first ejection, its maximum, and the maximum jitter added to each
     * ejection. Default: 30 seconds, 5 minutes, none.
     */
    public Builder ejection(Duration base, Duration max, Duration maxJitter) {
      this.base = check("base", base, 1);
      this.max = check("max", max, 1);
      this.maxJitter = check("maxJitter", maxJitter, 0);
      return this;
    }

    /**
     * Sets the maximum fraction of all targets that may be ejected at the same time. The last
     * available target is never ejected. Default: 0.1, at least one.
     */
    public Builder cap(double share, Cap cap) {
      maxShare = check("cap", share, 0, 1);
      this.cap = requireNonNull(cap, "cap");
      return this;
    }

    /**
     * Sets the percentage of detected outliers that are ejected. For the others only a notice is
     * published. Default: 100; 0 is a dry run.
     */
    public Builder enforce(int percent) {
      enforce = Arguments.range("enforce", percent, 0, 100);
      return this;
    }

    /**
     * Ends an ejection when a probe passes, as Envoy does. Default: disabled, since a target that
     * fails real traffic may still pass probes.
     */
    public Builder probeMayRelease() {
      probeMayRelease = true;
      return this;
    }

    private static Duration check(String field, Duration time, long minMillis) {
      if (time.compareTo(Duration.ofMillis(minMillis)) < 0
          || time.compareTo(Duration.ofDays(1)) > 0) {
        throw Arguments.outside(field, time, minMillis + " ms to 24 h");
      }
      return time;
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

    /**
     * Builds the settings.
     *
     * @throws IllegalArgumentException if the maximum ejection is shorter than the first one
     */
    public Outliers build() {
      if (max.compareTo(base) < 0) {
        throw new IllegalArgumentException(
            "max: " + max + " (expected: at least base, " + base + ")");
      }
      double share = maxShare;
      Cap chosenCap = cap;
      return new Outliers(
          new OutlierSettings(
              consecutiveFailures,
              consecutiveGatewayFailures,
              minAverage,
              averageWindow.toNanos(),
              averageRequests,
              successRateFactor,
              failurePercentage,
              latencyFactor,
              minTargets,
              minRequests,
              interval.toNanos(),
              base.toNanos(),
              max.toNanos(),
              maxJitter.toNanos(),
              (targets, ejected) -> mayEject(chosenCap, share, targets, ejected),
              enforce,
              probeMayRelease));
    }
  }
}
