// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;

/**
 * The algorithm that distributes the traffic of a line over its endpoints. All of them respect
 * weights, pick in time independent of the number of endpoints, healthy or not, and do not
 * allocate. Immutable.
 */
public final class Balancer {
  private final Rule rule;

  private Balancer(Rule rule) {
    this.rule = rule;
  }

  Rule rule() {
    return rule;
  }

  /**
   * nginx's smooth weighted round robin: within a cycle each endpoint receives exactly its share,
   * and its picks are spread over the cycle. A single thread sees nginx's sequence pick by pick;
   * several threads start at different positions in it. If a cycle is too expensive to compute
   * (more than 64 endpoints and more than 4 million weights times endpoints), an evenly spaced
   * cycle is used instead, and above 1,024 endpoints or 65,536 picks a weighted random selection.
   * The default.
   */
  public static Balancer smoothWeighted() {
    return new Balancer(new SmoothWeightedRoundRobin());
  }

  /** Random selection in proportion to the weights. */
  public static Balancer weightedRandom() {
    return new Balancer(new WeightedRandom());
  }

  /**
   * The endpoint with the fewest open leases relative to its weight, among a few random choices,
   * the first two of which are distinct.
   *
   * @param choices the number of choices, 2 to 8; two avoid nearly all imbalance
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer leastRequest(int choices) {
    Arguments.range("choices", choices, 2, 8);
    return new Balancer(new LeastRequest(choices));
  }

  /**
   * The endpoint with the lower cost of two random choices. The cost depends on latency, open
   * leases, failures, and the time without progress while busy. A node that fails fast does not
   * attract traffic, and one that hangs is avoided before the first timeout.
   *
   * @param tau the time constant with which a slow response decays, 1 ms to an hour; 10 s is common
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer peakEwma(Duration tau) {
    return new Balancer(
        new PeakEwmaOfTwo(Arguments.range("tau", tau, Duration.ofMillis(1), Duration.ofHours(1))));
  }

  /**
   * Consistent hashing of the context's key: removing an endpoint moves only its own keys, and it
   * receives exactly these again when it returns. Rendezvous hashing up to 1,024 endpoints, Maglev
   * above. Without a key, a random one is used. Slow start does not apply.
   */
  public static Balancer consistentHash() {
    return new Balancer(new ConsistentHash(0));
  }

  /**
   * Consistent hashing with bounded loads: no endpoint has more than {@code bound} times its share
   * of the line's open leases. The excess goes to the endpoints that would own the keys if the full
   * one were removed.
   *
   * @param bound 1.05 to 100; 1.25 is common
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer boundedHash(double bound) {
    if (!(bound >= 1.05 && bound <= 100)) {
      throw Arguments.outside("bound", bound, "1.05..100");
    }
    return new Balancer(new ConsistentHash(bound));
  }

  /**
   * The first eligible endpoint in the order of the line; the others are used only when it fails.
   */
  public static Balancer first() {
    return new Balancer(new First());
  }

  /** The algorithm and its parameters, from which a line's {@link Picker} is created. */
  sealed interface Rule {}

  record SmoothWeightedRoundRobin() implements Rule {}

  record WeightedRandom() implements Rule {}

  record LeastRequest(int choices) implements Rule {}

  record PeakEwmaOfTwo(Duration tau) implements Rule {}

  /** A bound of 0 means none. */
  record ConsistentHash(double bound) implements Rule {}

  record First() implements Rule {}
}
