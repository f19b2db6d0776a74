// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import org.jspecify.annotations.Nullable;

/** The rules by which the results of probes change the state of targets. Immutable. */
public final class ActiveRules {
  private final VerdictRules rules;
  private final double massFailureShare;

  private ActiveRules(Thresholds thresholds, double massFailureShare) {
    this.rules = thresholds.rules();
    this.massFailureShare = massFailureShare;
  }

  /**
   * Returns rules with these thresholds and otherwise default values.
   *
   * @throws IllegalArgumentException if no number of successes makes a target healthy
   */
  public static ActiveRules of(Thresholds thresholds) {
    return builder().thresholds(thresholds).build();
  }

  /** Returns a new builder. */
  public static Builder builder() {
    return new Builder();
  }

  VerdictRules rules() {
    return rules;
  }

  double massFailureShare() {
    return massFailureShare;
  }

  @Override
  public String toString() {
    return "ActiveRules[" + rules + ", massFailureShare=" + massFailureShare + "]";
  }

  /** Collects the settings of {@link ActiveRules}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private @Nullable Thresholds thresholds;
    private @Nullable Double massFailureShare;

    private Builder() {}

    /** Sets the thresholds. Default: healthy after 2, unhealthy after 3. */
    public Builder thresholds(Thresholds thresholds) {
      this.thresholds = Arguments.once("thresholds", this.thresholds, thresholds);
      return this;
    }

    /**
     * Sets the fraction of the targets, at least three, whose probes must fail together for the
     * checker to suspect a failure of its own and hold back verdicts for one round. Default: 0.5; 0
     * disables this.
     *
     * @throws IllegalArgumentException if it is not 0..1
     */
    public Builder massFailureShare(double share) {
      double checked = Arguments.range("massFailureShare", share, 0, 1);
      massFailureShare = Arguments.once("massFailureShare", massFailureShare, checked);
      return this;
    }

    /**
     * Builds the rules.
     *
     * @throws IllegalArgumentException if no number of successes makes a target healthy
     */
    public ActiveRules build() {
      Thresholds limits = thresholds == null ? Thresholds.haproxy() : thresholds;
      if (limits.successes() == 0) {
        throw new IllegalArgumentException(
            "active: successes 0 (expected: at least 1, else targets never recover)");
      }
      return new ActiveRules(limits, massFailureShare == null ? 0.5 : massFailureShare);
    }
  }
}
