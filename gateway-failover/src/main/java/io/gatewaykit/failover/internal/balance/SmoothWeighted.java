// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.util.Arrays;

/**
 * nginx's smooth weighted round robin: in a cycle whose length is the sum of the weights, each
 * endpoint is picked in proportion to its weight, and its picks are spread over the cycle.
 *
 * <p>Each round adds the effective weight of every eligible endpoint to its current weight, picks
 * the largest (the first one wins a tie), and subtracts the sum from it. A failure lowers the
 * effective weight, and each later round raises it by one until it is restored. The tests replay
 * sequences of [1]. A round is O(n); {@link SmoothSequence} computes entire cycles ahead, so that a
 * pick is O(1). Not thread-safe.
 *
 * <ol>
 *   <li>nginx, {@code src/http/ngx_http_upstream_round_robin.c}
 * </ol>
 */
public final class SmoothWeighted {
  private final int[] weight;
  private final long[] effective;
  private final long[] current;
  private final boolean[] eligible;

  /** Starts with all endpoints eligible. */
  public SmoothWeighted(int[] weights) {
    weight = weights.clone();
    effective = new long[weights.length];
    current = new long[weights.length];
    eligible = new boolean[weights.length];
    for (int i = 0; i < weights.length; i++) {
      effective[i] = weights[i];
      eligible[i] = true;
    }
  }

  private SmoothWeighted(SmoothWeighted other) {
    weight = other.weight.clone();
    effective = other.effective.clone();
    current = other.current.clone();
    eligible = other.eligible.clone();
  }

  SmoothWeighted copy() {
    return new SmoothWeighted(this);
  }

  /** Returns whether the state that determines later picks is equal. */
  boolean sameAs(SmoothWeighted other) {
    return Arrays.equals(current, other.current) && Arrays.equals(effective, other.effective);
  }

  /** Returns the index of the pick, or -1 if none is eligible. */
  public int pick() {
    long total = 0;
    int best = -1;
    for (int i = 0; i < weight.length; i++) {
      if (weight[i] == 0 || !eligible[i]) {
        continue;
      }
      current[i] += effective[i];
      total += effective[i];
      if (effective[i] < weight[i]) {
        effective[i]++;
      }
      if (best < 0 || current[i] > current[best]) {
        best = i;
      }
    }
    if (best >= 0) {
      current[best] -= total;
    }
    return best;
  }

  /** Excludes an endpoint from the rounds or includes it; its current weight is retained. */
  public void eligible(int index, boolean is) {
    eligible[index] = is;
  }

  /** Lowers the share of an endpoint that failed; it recovers with later rounds. */
  public void failed(int index, int maxFails) {
    effective[index] = Math.max(0, effective[index] - weight[index] / maxFails);
  }

  /** Returns whether no failure lowers an effective weight any more. */
  boolean isRecovered() {
    for (int i = 0; i < weight.length; i++) {
      if (eligible[i] && effective[i] < weight[i]) {
        return false;
      }
    }
    return true;
  }

  int weight(int index) {
    return weight[index];
  }

  /** Changes the weight of an endpoint. */
  public void weight(int index, int newWeight) {
    weight[index] = newWeight;
    effective[index] = newWeight;
  }

  /** Returns the number of rounds in a cycle without failures. */
  long cycle() {
    long sum = 0;
    long gcd = 0;
    for (int i = 0; i < weight.length; i++) {
      if (eligible[i]) {
        sum += weight[i];
        gcd = gcd(gcd, weight[i]);
      }
    }
    return gcd == 0 ? 0 : sum / gcd;
  }

  private static long gcd(long a, long b) {
    long x = a;
    long y = b;
    while (y != 0) {
      long rest = x % y;
      x = y;
      y = rest;
    }
    return x;
  }

  int size() {
    return weight.length;
  }
}
