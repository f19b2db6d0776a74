// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Maglev's consistent hashing [1], for endpoint sets too large for {@link RendezvousTable}.
 *
 * <p>Each endpoint has a permutation of the table's entries that depends on its id only. In rounds,
 * and in proportion to their weights, endpoints claim their next free entry. They are sorted by id
 * first, so their order does not matter. Removing one of a thousand endpoints moves about 0.6 % of
 * the keys of the others. The size of the table is the next listed prime above 100 times the number
 * of endpoints, at most 1,000,003. Immutable.
 *
 * <ol>
 *   <li>D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016
 * </ol>
 */
public final class MaglevTable {
  private static final int[] PRIMES = {65_537, 131_101, 262_147, 524_309, 1_000_003};

  private final int[] owner;

  /**
   * Builds the table of indices 0 to n-1.
   *
   * @param ids a hash of each endpoint's stable identity
   * @param weights the weights, not all zero
   */
  public MaglevTable(long[] ids, int[] weights) {
    long sum = 0;
    int max = 0;
    for (int weight : weights) {
      sum += weight;
      max = Math.max(max, weight);
    }
    if (max == 0) {
      throw new IllegalArgumentException("weights: all 0 (expected: one > 0)");
    }
    // An endpoint whose weight far exceeds the rest claims several entries per round, which bounds
    // the number of rounds.
    long turn = Math.min(max, 16 * (sum / ids.length + 1));
    int size = size(ids.length);
    owner = new int[size];
    Arrays.fill(owner, -1);
    Integer[] order = new Integer[ids.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(i -> ids[i]));
    var position = new int[ids.length];
    var skip = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      position[i] = Stripes.bounded(Stripes.mix(ids[i]), size);
      skip[i] = 1 + Stripes.bounded(Stripes.mix(~ids[i]), size - 1);
    }
    fill(order, weights, turn, position, skip);
  }

  private void fill(Integer[] order, int[] weights, long turn, int[] position, int[] skip) {
    var turns = new long[order.length];
    int left = owner.length;
    while (true) {
      for (int i : order) {
        turns[i] += weights[i];
        while (turns[i] >= turn) {
          turns[i] -= turn;
          while (owner[position[i]] >= 0) {
            position[i] = (int) (((long) position[i] + skip[i]) % owner.length);
          }
          owner[position[i]] = i;
          if (--left == 0) {
            return;
          }
        }
      }
    }
  }

  private static int size(int endpoints) {
    for (int prime : PRIMES) {
      if (prime >= 100L * endpoints) {
        return prime;
      }
    }
    return PRIMES[PRIMES.length - 1];
  }

  /** Returns the owner of the key. */
  public int pick(long key) {
    return owner[Stripes.bounded(Stripes.mix(key), owner.length)];
  }
}
