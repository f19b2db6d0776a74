package io.gatewaykit.failover.internal.balance;

import java.util.Arrays;

/**
 * nginx's smooth weighted round robin: in a cycle of the weights' sum each endpoint is picked as
 * often as its weight says, and the picks of one are spread over the cycle.
 *
 * <p>Each round adds every eligible endpoint's effective weight to its current weight, picks the
 * largest (the first one wins a tie), and takes the sum off it. A failure lowers the effective
 * weight, and each later round brings it back by one. Source: {@code
 * ngx_http_upstream_round_robin.c}, whose sequences the tests replay. A round is O(n); {@link
 * SmoothSequence} plays whole cycles ahead, so that a pick is not. Not thread-safe.
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

  /** Tells whether all that decides about later picks is the same. */
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

  /** Takes an endpoint out of the rounds, or back in; its place in the order is kept. */
  public void eligible(int index, boolean is) {
    eligible[index] = is;
  }

  /** Lowers the share of an endpoint that failed; it recovers by itself. */
  public void failed(int index, int maxFails) {
    effective[index] = Math.max(0, effective[index] - weight[index] / maxFails);
  }

  /** Gives an endpoint another weight. */
  public void weight(int index, int newWeight) {
    weight[index] = newWeight;
    effective[index] = newWeight;
  }

  /** Returns how many rounds make a cycle, if nothing fails. */
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
