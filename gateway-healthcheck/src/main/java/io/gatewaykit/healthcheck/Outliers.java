package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When a target whose real traffic fares worse than that of others is taken out for a time.
 * Immutable; begin with {@link #standard()} or {@link #builder()}.
 */
public final class Outliers {
  /** How the most targets that may be out at once follow from a share. */
  public enum Cap {
    /** The share, rounded down, but one may always be out. */
    AT_LEAST_ONE,
    /** Envoy's: the share, rounded down, which is nobody among few. */
    ENVOY,
    /** gRPC's: one more is taken out as long as fewer than the share are. */
    GRPC
  }

  private final Builder set;

  private Outliers(Builder builder) {
    set = builder.copy();
  }

  /** Returns a builder with no detector on. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the usual setting: 5 failures in a row, success rate by factor 1.9, 85 % failures,
   * among 5 targets of 100 requests or more in 10 seconds; out for 30 seconds to 5 minutes, 10 % at
   * most.
   */
  public static Outliers standard() {
    return builder().failuresInARow(5).successRate(1.9).failurePercentage(85).build();
  }

  /** Returns this setting, reporting only. */
  public Outliers asDryRun() {
    return set.copy().enforce(0).build();
  }

  int failuresInARow() {
    return set.failuresInARow;
  }

  int gatewayFailuresInARow() {
    return set.gatewayFailuresInARow;
  }

  double leastAverage() {
    return set.leastAverage;
  }

  long averageNanos() {
    return set.averageWindow.toNanos();
  }

  int averageRequests() {
    return set.averageRequests;
  }

  double successRateFactor() {
    return set.successRateFactor;
  }

  int failurePercentage() {
    return set.failurePercentage;
  }

  double latencyFactor() {
    return set.latencyFactor;
  }

  int minTargets() {
    return set.minTargets;
  }

  int minRequests() {
    return set.minRequests;
  }

  long intervalNanos() {
    return set.interval.toNanos();
  }

  long baseNanos() {
    return set.base.toNanos();
  }

  long maxNanos() {
    return set.max.toNanos();
  }

  long maxJitterNanos() {
    return set.maxJitter.toNanos();
  }

  int enforce() {
    return set.enforce;
  }

  boolean probeMayRelease() {
    return set.probeMayRelease;
  }

  boolean mayEject(int targets, int out) {
    return mayEject(set.cap, set.maxShare, targets, out);
  }

  /** Whether one more of so many targets may be taken out, if so many are. */
  static boolean mayEject(Cap cap, double share, int targets, int out) {
    return switch (cap) {
      case AT_LEAST_ONE -> out < Math.max(1, (int) (targets * share));
      case ENVOY -> out + 1 <= targets * share;
      case GRPC -> out < targets * share;
    };
  }

  /** How long the n-th ejection in a row lasts. */
  static long ejectionNanos(long base, long max, int times) {
    return times > max / base ? max : Math.min(max, base * times);
  }

  /** Collects the settings of {@link Outliers}. Not thread-safe. */
  public static final class Builder {
    private int failuresInARow;
    private int gatewayFailuresInARow;
    private double leastAverage;
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

    private Builder copy() {
      var copy = new Builder();
      copy.failuresInARow = failuresInARow;
      copy.gatewayFailuresInARow = gatewayFailuresInARow;
      copy.leastAverage = leastAverage;
      copy.averageWindow = averageWindow;
      copy.averageRequests = averageRequests;
      copy.successRateFactor = successRateFactor;
      copy.failurePercentage = failurePercentage;
      copy.latencyFactor = latencyFactor;
      copy.minTargets = minTargets;
      copy.minRequests = minRequests;
      copy.interval = interval;
      copy.base = base;
      copy.max = max;
      copy.maxJitter = maxJitter;
      copy.maxShare = maxShare;
      copy.cap = cap;
      copy.enforce = enforce;
      copy.probeMayRelease = probeMayRelease;
      return copy;
    }

    /** Ejects at once after so many failures in a row. Default: 0, off. */
    public Builder failuresInARow(int failures) {
      failuresInARow = (int) check("failuresInARow", failures, 0, 1_000_000);
      return this;
    }

    /**
     * Ejects at once after so many failures in a row that are of a gateway or of the connection:
     * 502, 503, 504, no connection, no answer in time. Any other result ends the row, also a 500,
     * which a request may have deserved. Default: 0, off.
     */
    public Builder gatewayFailuresInARow(int failures) {
      gatewayFailuresInARow = (int) check("gatewayFailuresInARow", failures, 0, 1_000_000);
      return this;
    }

    /**
     * Ejects at once where the success rate, averaged over time, falls below the least: what was
     * fades by 1/e within each window. Judges no target before its first window is over, nor one
     * with fewer than so many requests a window. Finagle's failure accrual uses 0.8, 30 seconds and
     * 5. Default: 0, off.
     */
    public Builder averageSuccess(double least, Duration window, int minRequests) {
      leastAverage = check("averageSuccess", least, 0, 1);
      averageWindow = check("window", window, 1);
      averageRequests = (int) check("minRequests", minRequests, 1, 1_000_000);
      return this;
    }

    /**
     * Ejects targets whose success rate is below mean − factor × standard deviation of all. It
     * finds nothing once more than about a fifth of the targets are bad: use it beside another
     * detector. Default: 0, off.
     */
    public Builder successRate(double factor) {
      successRateFactor = check("successRate", factor, 0, 100);
      return this;
    }

    /** Ejects targets with this percentage of failures or more. Default: 0, off. */
    public Builder failurePercentage(int percent) {
      failurePercentage = (int) check("failurePercentage", percent, 0, 100);
      return this;
    }

    /**
     * Ejects targets whose 90th percentile of latency is more than factor × the median of that of
     * all. Default: 0, off.
     */
    public Builder latency(double factor) {
      latencyFactor = check("latency", factor, 0, 1_000);
      return this;
    }

    /**
     * Sets what the comparisons need: so many targets with so many requests per interval. Default:
     * 5 and 100.
     */
    public Builder volume(int minTargets, int minRequests) {
      this.minTargets = (int) check("minTargets", minTargets, 1, 1_000_000);
      this.minRequests = (int) check("minRequests", minRequests, 1, 1_000_000);
      return this;
    }

    /** Sets the time between two comparisons. Default: 10 seconds. */
    public Builder interval(Duration interval) {
      this.interval = check("interval", interval, 1);
      return this;
    }

    /**
     * Sets for how long a target is out the first time, and at most; the n-th time in a row it is
     * out n times as long. Default: 30 seconds, 5 minutes.
     */
    public Builder ejection(Duration base, Duration max) {
      this.base = check("base", base, 1);
      this.max = check("max", max, 1);
      return this;
    }

    /** Adds up to so much time, by chance, to each ejection. Default: none. */
    public Builder maxJitter(Duration time) {
      maxJitter = check("maxJitter", time, 0);
      return this;
    }

    /**
     * Sets which share of all targets may be out at once. The last available one never is. Default:
     * 0.1, at least one.
     */
    public Builder cap(double share, Cap cap) {
      maxShare = check("cap", share, 0, 1);
      this.cap = requireNonNull(cap, "cap");
      return this;
    }

    /**
     * Sets how many percent of what was found is done; of the rest, only a notice is given.
     * Default: 100; 0 is a dry run.
     */
    public Builder enforce(int percent) {
      enforce = (int) check("enforce", percent, 0, 100);
      return this;
    }

    /**
     * Lets a probe that passes end an ejection, as Envoy does. Default: no, since a target whose
     * traffic fails may well answer probes.
     */
    public Builder probeMayRelease() {
      probeMayRelease = true;
      return this;
    }

    private static Duration check(String field, Duration time, long leastMillis) {
      if (time.compareTo(Duration.ofMillis(leastMillis)) < 0
          || time.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException(
            field + ": " + time + " (expected: " + leastMillis + " ms to 24 h)");
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
     * Builds the setting.
     *
     * @throws IllegalArgumentException if the longest ejection is shorter than the first
     */
    public Outliers build() {
      if (max.compareTo(base) < 0) {
        throw new IllegalArgumentException(
            "max: " + max + " (expected: at least base, " + base + ")");
      }
      return new Outliers(this);
    }
  }
}
