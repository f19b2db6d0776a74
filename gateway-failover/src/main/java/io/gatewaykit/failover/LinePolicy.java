// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.failover.breaker.CircuitBreakerBuilder;
import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a group that concern its lines as a whole: how traffic is divided between them,
 * moves between them, and what happens when too few endpoints are healthy. Immutable and reusable.
 */
public final class LinePolicy {
  private static final LinePolicy DEFAULT = builder().build();

  private final LineSettings settings;

  private LinePolicy(LineSettings settings) {
    this.settings = settings;
  }

  /** Returns a new builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the policy with all defaults. */
  public static LinePolicy defaults() {
    return DEFAULT;
  }

  LineSettings settings() {
    return settings;
  }

  @Override
  public String toString() {
    return settings.toString();
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable LineSwitcher switcher;
    private @Nullable PanicMode panicMode;
    private double panicBelow = 0.1;
    private @Nullable Double overprovision;
    private @Nullable CircuitBreakerFactory breaker;
    private @Nullable Locality locality;
    private @Nullable Double probeTraffic;
    private @Nullable Boolean allowEmpty;

    private Builder() {}

    /**
     * Sets the rules for moving traffic between lines. Default: {@link LineSwitcher#defaults()}.
     */
    public Builder switcher(LineSwitcher switcher) {
      this.switcher = Arguments.once("switcher", this.switcher, switcher);
      return this;
    }

    /**
     * Sets the behavior when too few endpoints are healthy. Default: fail open below 0.1.
     *
     * @param mode the behavior
     * @param below the healthy fraction of the lines of each priority below which it applies, 0 to
     *     1; it always applies if no endpoint is healthy
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder panic(PanicMode mode, double below) {
      double checked = Arguments.range("below", below, 0, 1);
      panicMode = Arguments.once("panic", panicMode, mode);
      panicBelow = checked;
      return this;
    }

    /**
     * Sets the overprovisioning factor of lines, 1 to 1000. The lines of a priority keep all their
     * traffic as long as their healthy fraction times this factor is at least 1; below that, the
     * excess gradually spills to the next priority. Default: 1.4. A large value keeps all traffic
     * until the last endpoint is down.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder overprovision(double factor) {
      double checked = Arguments.range("factor", factor, 1, 1000);
      overprovision = Arguments.once("overprovision", overprovision, checked);
      return this;
    }

    /**
     * Adds a circuit breaker with these settings to each line, which evaluates all its endpoints
     * together: a failure rate is more suitable for it than consecutive failures. Default: none.
     */
    public Builder breaker(CircuitBreakerBuilder settings) {
      breaker = Arguments.once("breaker", breaker, settings.factory());
      return this;
    }

    /**
     * Prefers near lines among those of one priority, and near endpoints within each line. Default:
     * none.
     */
    public Builder locality(Locality locality) {
      this.locality = Arguments.once("locality", this.locality, locality);
      return this;
    }

    /**
     * Sends a fraction of the idempotent requests, 0 to 0.5, to a random line, so that lines
     * without traffic are measured. Default: 0.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder probeTraffic(double share) {
      double checked = Arguments.range("share", share, 0, 0.5);
      probeTraffic = Arguments.once("probeTraffic", probeTraffic, checked);
      return this;
    }

    /**
     * Allows a topology without endpoints, initially and in updates, in which no endpoint can be
     * selected. By default an empty update is rejected and the previous topology remains.
     */
    public Builder allowEmpty() {
      allowEmpty = Arguments.once("allowEmpty", allowEmpty, true);
      return this;
    }

    /** Builds the policy. */
    public LinePolicy build() {
      return new LinePolicy(
          new LineSettings(
              switcher == null ? LineSwitcher.defaults() : switcher,
              panicMode == null ? PanicMode.FAIL_OPEN : panicMode,
              panicBelow,
              (int) Math.round(1000 * (overprovision == null ? 1.4 : overprovision)),
              breaker,
              locality,
              probeTraffic == null ? 0 : probeTraffic,
              allowEmpty != null));
    }
  }
}
