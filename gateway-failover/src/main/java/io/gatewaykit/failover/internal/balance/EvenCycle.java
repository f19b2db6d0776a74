package io.gatewaykit.failover.internal.balance;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A smooth weighted cycle for many endpoints, where {@link SmoothWeighted} would take too long to
 * play ahead. It solves the chairman assignment problem (Tijdeman, "The chairman assignment
 * problem", Discrete Mathematics 32, 1980): each pick of an endpoint may not come before its share
 * of the picks so far calls for it, but for a small part, and of those that may come, the one goes
 * first that must come soonest. So at every place of the cycle each endpoint has had its exact
 * share within less than one pick, and at the end exactly. It costs O(length · log n) once.
 * Immutable but for the threads' places.
 */
public final class EvenCycle {
  /** The longest cycle kept, in picks. */
  static final int MAX_LENGTH = 1 << 16;

  /** The most endpoints; drawing at random is cheaper to build above that. */
  static final int MAX_ENDPOINTS = 1024;

  private final int[] picks;
  private final Cursor cursor;

  /** Builds the cycle; the seed decides where each thread begins. */
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
    picks = new int[length];
    for (int i = 0; i < length; i++) {
      while (!waiting.isEmpty() && waiting.peek().release <= i + 1) {
        ready.add(waiting.remove());
      }
      Due next = ready.remove(); // one is always ready, as Tijdeman proves
      picks[i] = next.index;
      waiting.add(Due.of(next.index, next.weight, next.pick + 1, parts, length));
    }
    cursor = new Cursor(seed);
  }

  /** Tells whether a cycle of these weights is worth keeping. */
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
    return picks[cursor.next(picks.length)];
  }

  /** Returns where in the cycle the next pick of this thread is. */
  int place() {
    return cursor.place(picks.length);
  }

  /**
   * A pick to come.
   *
   * @param release the first place in the cycle, from 1, that it may take
   * @param latest by when it must come: that place is this times the cycle's length, over the
   *     weight and a common factor
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
