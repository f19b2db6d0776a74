package io.gatewaykit.failover;

import java.time.Duration;

/**
 * How a line's traffic is spread over its endpoints. All of them respect weights, cost the same
 * whatever the number of endpoints and of those that are down, and allocate nothing. Immutable.
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
   * nginx's smooth weighted round robin: each endpoint gets exactly its share in a cycle, and its
   * picks are spread over it. One thread sees nginx's sequence pick for pick; several threads play
   * it from different places. Where a cycle would take too long to compute (more than 64 endpoints
   * and more than 4 million weights times endpoints) an evenly spaced cycle takes its place, and
   * above 1,024 endpoints or 65,536 picks a weighted random draw. The default.
   */
  public static Balancer smoothWeighted() {
    return new Balancer(new SmoothWeightedRoundRobin());
  }

  /** A random draw in proportion to the weights. */
  public static Balancer weightedRandom() {
    return new Balancer(new WeightedRandom());
  }

  /**
   * The endpoint with the fewest open leases for its weight, of a few drawn at random, the first
   * two of them distinct.
   *
   * @param choices how many are drawn, 2 to 8; two avoid nearly all crowding
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer leastRequest(int choices) {
    Checks.range("choices", choices, 2, 8);
    return new Balancer(new LeastRequest(choices));
  }

  /**
   * The cheaper one of two drawn at random, by latency, open leases, failures, and how long it has
   * not answered though busy. A node that fails fast is no magnet, and one that hangs is avoided
   * before the first timeout.
   *
   * @param tau how quickly a slow answer is forgiven, 1 ms to an hour; 10 s is usual
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer peakEwma(Duration tau) {
    return new Balancer(
        new PeakEwmaOfTwo(Checks.time("tau", tau, Duration.ofMillis(1), Duration.ofHours(1))));
  }

  /**
   * Consistent hashing of the context's key: an endpoint that goes moves its own keys and no
   * others, and gets exactly these back when it returns. Rendezvous hashing up to 1,024 endpoints,
   * Maglev above. Without a key a random one is used. Slow start does not apply.
   */
  public static Balancer consistentHash() {
    return new Balancer(new ConsistentHash(0));
  }

  /**
   * Consistent hashing in which no endpoint has more than {@code bound} times its share of the
   * line's open leases; what is too much goes where it would go if the endpoint were gone.
   *
   * @param bound 1.05 to 100; 1.25 is usual
   * @throws IllegalArgumentException if it is out of range
   */
  public static Balancer boundedHash(double bound) {
    if (!(bound >= 1.05 && bound <= 100)) {
      throw new IllegalArgumentException("bound: " + bound + " (expected: 1.05..100)");
    }
    return new Balancer(new ConsistentHash(bound));
  }

  /** The first eligible endpoint in the order of the line; the others wait for its failure. */
  public static Balancer first() {
    return new Balancer(new First());
  }

  /** What a line's {@link Picker} is made by. */
  sealed interface Rule {}

  record SmoothWeightedRoundRobin() implements Rule {}

  record WeightedRandom() implements Rule {}

  record LeastRequest(int choices) implements Rule {}

  record PeakEwmaOfTwo(Duration tau) implements Rule {}

  /** A bound of 0 means none. */
  record ConsistentHash(double bound) implements Rule {}

  record First() implements Rule {}
}
