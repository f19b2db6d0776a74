// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import java.time.Duration;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The rules by which reports of real traffic change the state of targets. Immutable. */
public final class PassiveRules {
  private static final Duration DEFAULT_TRIAL = Duration.ofSeconds(10);
  private static final BitSet DEFAULT_GOOD = StatusSet.parse("good", "200-399");
  private static final BitSet DEFAULT_BAD = StatusSet.parse("bad", "500-599");

  private final VerdictRules rules;
  private final BitSet goodStatuses;
  private final BitSet badStatuses;
  private final Suspicion suspicion;
  private final long trialNanos;
  private final boolean sharedVerdict;
  private final boolean probesDisabled;

  private PassiveRules(Builder builder) {
    rules = builder.thresholds().rules();
    goodStatuses = builder.goodStatuses == null ? DEFAULT_GOOD : builder.goodStatuses;
    badStatuses = builder.badStatuses == null ? DEFAULT_BAD : builder.badStatuses;
    suspicion = builder.suspicion == null ? Suspicion.COUNT_AND_PROBE : builder.suspicion;
    trialNanos = (builder.trialAfter == null ? DEFAULT_TRIAL : builder.trialAfter).toNanos();
    sharedVerdict = builder.sharedVerdict;
    probesDisabled = builder.probesDisabled;
  }

  /**
   * Returns rules with these thresholds and otherwise default values.
   *
   * @throws IllegalArgumentException if failures count, but no number of successes clears them
   */
  public static PassiveRules of(Thresholds thresholds) {
    return builder().thresholds(thresholds).build();
  }

  /** Returns a new builder. */
  public static Builder builder() {
    return new Builder();
  }

  VerdictRules rules() {
    return rules;
  }

  boolean isGood(int status) {
    return goodStatuses.get(status);
  }

  boolean isBad(int status) {
    return badStatuses.get(status);
  }

  Suspicion suspicion() {
    return suspicion;
  }

  long trialNanos() {
    return trialNanos;
  }

  boolean sharedVerdict() {
    return sharedVerdict;
  }

  boolean probesDisabled() {
    return probesDisabled;
  }

  @Override
  public String toString() {
    return "PassiveRules["
        + rules
        + ", "
        + suspicion
        + ", trialAfter="
        + Duration.ofNanos(trialNanos)
        + (sharedVerdict ? ", sharedVerdict" : "")
        + (probesDisabled ? ", withoutProbes" : "")
        + "]";
  }

  /** Collects the settings of {@link PassiveRules}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private @Nullable Thresholds thresholds;
    private @Nullable BitSet goodStatuses;
    private @Nullable BitSet badStatuses;
    private @Nullable Suspicion suspicion;
    private @Nullable Duration trialAfter;
    private boolean sharedVerdict;
    private boolean probesDisabled;

    private Builder() {}

    /**
     * Sets the thresholds. Default: unhealthy after 5 failures, 2 failed connections or 7 timeouts.
     */
    public Builder thresholds(Thresholds thresholds) {
      this.thresholds = Arguments.once("thresholds", this.thresholds, thresholds);
      return this;
    }

    /**
     * Sets the statuses that {@link TargetHandle#reportStatus} counts as success and as failure.
     * Any other status is counted and shown but affects no verdict. Default: 200-399 and 500-599.
     *
     * @param good in the syntax of {@link ExpectedResponse.Builder#goodStatuses(String)}
     * @param bad in the same syntax
     * @throws IllegalArgumentException if the syntax is invalid or the sets overlap
     */
    public Builder statuses(String good, String bad) {
      BitSet checked = StatusSet.parse("good", good);
      BitSet checkedBad = StatusSet.parse("bad", bad);
      if (checked.intersects(checkedBad)) {
        throw new IllegalArgumentException(
            "bad: \"" + bad + "\" (expected: no status that is also in good, \"" + good + "\")");
      }
      goodStatuses = Arguments.once("statuses", goodStatuses, checked);
      badStatuses = checkedBad;
      return this;
    }

    /** Sets the effect of a failure of real traffic. Default: {@link Suspicion#COUNT_AND_PROBE}. */
    public Builder suspicion(Suspicion suspicion) {
      this.suspicion = Arguments.once("suspicion", this.suspicion, suspicion);
      return this;
    }

    /**
     * Sets the time after which the next request is the trial of a target that traffic marked
     * unhealthy. Each failed trial doubles it, up to a factor of 32. Default: 10 seconds.
     *
     * @throws IllegalArgumentException if it is not 1 ms to 24 h
     */
    public Builder trialAfter(Duration time) {
      Duration checked = TimeRange.check("trialAfter", time);
      trialAfter = Arguments.once("trialAfter", trialAfter, checked);
      return this;
    }

    /**
     * Makes probes and real traffic share one verdict, as in lua-resty-healthcheck: each may revert
     * the other's decision. Default: two verdicts, of which the worse is in effect; a target that
     * traffic marked unhealthy then recovers by a trial request.
     *
     * @throws IllegalStateException if probes are disabled
     */
    public Builder sharedVerdict() {
      Arguments.excludes("sharedVerdict", "withoutProbes", probesDisabled ? true : null);
      sharedVerdict = Arguments.once("sharedVerdict", sharedVerdict ? true : null, true);
      return this;
    }

    /**
     * Disables probes: real traffic alone decides, and unhealthy targets recover by trial requests.
     *
     * @throws IllegalStateException if probes and traffic share a verdict
     */
    public Builder withoutProbes() {
      Arguments.excludes("withoutProbes", "sharedVerdict", sharedVerdict ? true : null);
      probesDisabled = Arguments.once("withoutProbes", probesDisabled ? true : null, true);
      return this;
    }

    private Thresholds thresholds() {
      return thresholds == null ? Thresholds.kongPassive() : thresholds;
    }

    /**
     * Builds the rules.
     *
     * @throws IllegalArgumentException if failures count, but neither successes of real traffic nor
     *     probes with a shared verdict clear them
     */
    public PassiveRules build() {
      VerdictRules limits = thresholds().rules();
      if (!sharedVerdict && !limits.isOff() && limits.successes() == 0) {
        throw new IllegalArgumentException(
            "passive: successes 0 (expected: at least 1, else failures are never cleared)");
      }
      return new PassiveRules(this);
    }
  }
}
