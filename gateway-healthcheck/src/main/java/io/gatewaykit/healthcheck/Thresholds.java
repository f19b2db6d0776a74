// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;

/**
 * The number of reports that change a verdict. A report that agrees with a settled state has no
 * effect. Any other is counted: a success clears the counts of failures, a failure that of
 * successes. The count that reaches its threshold decides.
 *
 * <p>There are two modes. {@link #perKind} is that of lua-resty-healthcheck: each kind of failure
 * has its own count, and a target that has failed without becoming unhealthy is mostly healthy
 * until it has succeeded often enough. {@link #riseFall} is that of HAProxy, Envoy and
 * lua-resty-upstream-healthcheck: all failures share one count, a single success clears the
 * failures of a healthy target, and a single failure the successes of an unhealthy one.
 *
 * @param successes consecutive successes until a target is healthy, 0 to 254
 * @param httpFailures bad responses until it is unhealthy, 0 to 254
 * @param tcpFailures failed connections until it is unhealthy, 0 to 254
 * @param timeouts timeouts until it is unhealthy, 0 to 254
 * @param together whether all kinds of failures share one count, with the threshold {@code
 *     httpFailures}
 */
public record Thresholds(
    int successes, int httpFailures, int tcpFailures, int timeouts, boolean together) {
  private static final int MAX = VerdictRules.MAX_COUNT;

  /**
   * Validates the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Thresholds {
    Arguments.range("successes", successes, 0, MAX);
    Arguments.range("httpFailures", httpFailures, 0, MAX);
    Arguments.range("tcpFailures", tcpFailures, 0, MAX);
    Arguments.range("timeouts", timeouts, 0, MAX);
  }

  /**
   * Returns thresholds for {@code rise} consecutive successes to become healthy and {@code fall}
   * failures to become unhealthy.
   */
  public static Thresholds riseFall(int rise, int fall) {
    return new Thresholds(rise, fall, fall, fall, true);
  }

  /** Returns HAProxy's defaults: rise 2, fall 3. */
  public static Thresholds haproxy() {
    return riseFall(2, 3);
  }

  /** Returns the defaults of lua-resty-upstream-healthcheck: rise 2, fall 5. */
  public static Thresholds openResty() {
    return riseFall(2, 5);
  }

  /** Returns the defaults of lua-resty-healthcheck for probes. */
  public static Thresholds kongActive() {
    return perKind(2, 5, 2, 3);
  }

  /** Returns the defaults of lua-resty-healthcheck for real traffic. */
  public static Thresholds kongPassive() {
    return perKind(5, 5, 2, 7);
  }

  /** Returns thresholds under which reports have no effect. */
  public static Thresholds off() {
    return perKind(0, 0, 0, 0);
  }

  /** Returns thresholds with a separate count per kind; a kind with threshold 0 is ignored. */
  public static Thresholds perKind(int successes, int httpFailures, int tcpFailures, int timeouts) {
    return new Thresholds(successes, httpFailures, tcpFailures, timeouts, false);
  }

  VerdictRules rules() {
    return new VerdictRules(successes, httpFailures, tcpFailures, timeouts, together);
  }
}
