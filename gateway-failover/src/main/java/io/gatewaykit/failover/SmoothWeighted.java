package io.gatewaykit.failover;

/**
 * nginx's smooth weighted round robin: in a cycle of the weights' sum each endpoint is picked as
 * often as its weight says, and the picks of one are spread over the cycle.
 *
 * <p>Each round adds every eligible endpoint's effective weight to its current weight, picks the
 * largest (the first one wins a tie), and takes the sum off it. A failure lowers the effective
 * weight, and each later round brings it back by one. Source: {@code
 * ngx_http_upstream_round_robin.c}, whose sequences the tests replay. Not thread-safe: {@link
 * LineState} calls it under its lock.
 */
final class SmoothWeighted {
  /** Which endpoints a round may pick. */
  @FunctionalInterface
  interface Eligible {
    boolean test(int index);
  }

  private final int[] weight;
  private final long[] effective;
  private final long[] current;

  SmoothWeighted(int[] weights) {
    weight = weights.clone();
    effective = new long[weights.length];
    current = new long[weights.length];
    for (int i = 0; i < weights.length; i++) {
      effective[i] = weights[i];
    }
  }

  /** Returns the index of the pick, or -1 if none is eligible. */
  int pick(Eligible eligible) {
    long total = 0;
    int best = -1;
    for (int i = 0; i < weight.length; i++) {
      if (weight[i] == 0 || !eligible.test(i)) {
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

  /** Lowers the share of an endpoint that failed; it recovers by itself. */
  void failed(int index, int maxFails) {
    effective[index] = Math.max(0, effective[index] - weight[index] / maxFails);
  }

  void weight(int index, int newWeight) {
    weight[index] = newWeight;
    effective[index] = newWeight;
  }
}
