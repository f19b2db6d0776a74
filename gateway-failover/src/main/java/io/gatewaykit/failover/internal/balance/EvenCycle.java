// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A smooth weighted cycle for many endpoints, where computing {@link SmoothWeighted} ahead would be
 * too expensive. It solves the chairman assignment problem [1]: each pick has a release position,
 * at which the endpoint's share of the earlier picks permits it, and a deadline. Among the released
 * picks, the one with the earliest deadline comes first. At every position of the cycle, each
 * endpoint has therefore received its exact share within less than one pick, and at the end
 * exactly. Building costs O(length · log n). Immutable except for the positions of the threads.
 *
 * <ol>
 *   <li>R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32, 1980
 * </ol>
 */
public final class EvenCycle {
  /** The maximum length of a cycle, in picks. */
  static final int MAX_LENGTH = 1 << 16;

  /** The maximum number of endpoints; above it, random selection is cheaper to build. */
  static final int MAX_ENDPOINTS = 1024;

  private final PickCycle cycle;

  /** Builds the cycle; the seed determines the start of each thread. */
  public EvenCycle(int[] weights, long seed) {
    int gcd = gcd(weights);
    int endpoints = 0;
    int length = 0;
    for (int weight : weights) {
      endpoints += weight > 0 ? 1 : 0;
      length += weight / gcd;
    }
    long parts = Math.max(1, 2L * endpoints - 2);
    var waiting = new PriorityQueue<Due>(Comparator.comparingLong(Due::release));
    var ready = new PriorityQueue<Due>();
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        waiting.add(Due.of(i, weights[i] / gcd, 0, parts, length));
      }
    }
    var picks = new int[length];
    for (int i = 0; i < length; i++) {
      while (!waiting.isEmpty() && waiting.peek().release <= i + 1) {
        ready.add(waiting.remove());
      }
      Due next = ready.remove(); // one is always ready, as Tijdeman proves
      picks[i] = next.index;
      waiting.add(Due.of(next.index, next.weight, next.pick + 1, parts, length));
    }
    cycle = new PickCycle(picks, true, seed).scatter();
  }

  /** Returns whether a cycle of these weights is small enough to be stored. */
  public static boolean suits(int[] weights) {
    long sum = 0;
    for (int weight : weights) {
      sum += weight;
    }
    return weights.length <= MAX_ENDPOINTS && sum > 0 && sum / gcd(weights) <= MAX_LENGTH;
  }

  private static int gcd(int[] weights) {
    int gcd = 0;
    for (int weight : weights) {
      int rest = weight;
      while (rest != 0) {
        int next = gcd % rest;
        gcd = rest;
        rest = next;
      }
    }
    return gcd;
  }

  /** Returns the index of the next pick. */
  public int next() {
    return cycle.next();
  }

  /** Returns the picks with the positions of the threads. */
  public PickCycle cycle() {
    return cycle;
  }

  /** Returns the position of the calling thread's next pick in the cycle. */
  int position() {
    return cycle.position() % cycle.length();
  }

  /**
   * A future pick.
   *
   * @param release the first position in the cycle, from 1, at which it may occur
   * @param latest its deadline: the position is this times the cycle's length, over the weight and
   *     a common factor
   */
  private record Due(int index, int weight, int pick, long release, long latest)
      implements Comparable<Due> {
    static Due of(int index, int weight, int pick, long parts, int length) {
      long earliest = (pick * parts + 1) * length;
      long per = weight * parts;
      return new Due(
          index,
          weight,
          pick,
          (earliest + per - 1) / per,
          (pick + 1) * parts - Math.min(1, parts - 1));
    }

    @Override
    public int compareTo(Due other) {
      int order = Long.compare(latest * other.weight, other.latest * weight);
      return order != 0 ? order : Integer.compare(index, other.index);
    }
  }
}
