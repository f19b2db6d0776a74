package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Arrays;

/**
 * The cheaper one of two distinct endpoints drawn at random; the cost is {@link
 * EndpointState#cost}, over the weight. An endpoint nothing is known of costs what the median one
 * does: free, it would draw all traffic at once; dear, it would never be tried.
 */
final class PeakEwmaPicker<T> extends Picker<T> {
  /** How many scores the median is taken of. */
  private static final int SAMPLE = 65;

  /**
   * Nobody is known yet: who is not known comes before who is, by open leases; the age of these
   * keeps one that does not answer from drawing more.
   */
  private static final float UNKNOWN_NANOS = 1;

  private final Members<T> members;
  private final int[] eligible;
  private volatile float coldNanos = UNKNOWN_NANOS;

  PeakEwmaPicker(Members<T> members) {
    this.members = members;
    eligible = members.eligibleIndices();
  }

  @Override
  int pick(SelectContext context, int probe, long now) {
    int n = eligible.length;
    long random = members.stripes.random();
    int a = eligible[Stripes.bounded(random, n)];
    if (n == 1) {
      return a;
    }
    int b = eligible[Stripes.bounded(random << 32, n - 1)];
    if (b == a) {
      b = eligible[n - 1]; // the one the shorter draw left out: still each with equal chance
    }
    EndpointState<T>[] states = members.states;
    float cold = coldNanos;
    double costA = states[a].cost(now, cold) * members.weights[b];
    double costB = states[b].cost(now, cold) * members.weights[a];
    return costA <= costB ? a : b; // a tie is decided by the draw, not by the place
  }

  @Override
  boolean timed() {
    return true;
  }

  @Override
  Picker<T> with(Members<T> members) {
    var next = new PeakEwmaPicker<>(members);
    next.coldNanos = coldNanos;
    return next;
  }

  @Override
  void refresh(long now) {
    var scores = new float[Math.min(SAMPLE, eligible.length)];
    int known = 0;
    for (int i = 0; i < scores.length; i++) {
      // Spread over the line, so that many endpoints are sampled evenly.
      int index = eligible[(int) ((long) i * eligible.length / scores.length)];
      float score = members.states[index].latencyScore(now);
      if (score > 0) {
        scores[known++] = score;
      }
    }
    if (known > 0) {
      Arrays.sort(scores, 0, known);
      coldNanos = scores[known / 2];
    }
  }
}
