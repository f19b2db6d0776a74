// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Arrays;

/**
 * The endpoint with the lower cost of two distinct random choices; the cost is {@link
 * EndpointState#cost} divided by the weight. An endpoint without samples is assigned the median
 * cost: with a cost of zero it would attract all traffic immediately, and with a high cost it would
 * never be tried.
 */
final class PeakEwmaPicker<T> extends Picker<T> {
  /** The number of scores of which the median is computed. */
  private static final int SAMPLE = 65;

  /**
   * Used before any score is known. Unknown endpoints are then compared by open leases, and
   * preferred to known ones; the age of their leases prevents unresponsive ones from attracting
   * more.
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
      // the one that the shorter draw excluded, so that all have the same probability
      b = eligible[n - 1];
    }
    EndpointState<T>[] states = members.states;
    float cold = coldNanos;
    double costA = states[a].cost(now, cold) * members.weights[b];
    double costB = states[b].cost(now, cold) * members.weights[a];
    if (costA == costB) { // for example connections only, whose latency is not measured
      return states[a].openLeases() <= states[b].openLeases() ? a : b;
    }
    return costA < costB ? a : b;
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
