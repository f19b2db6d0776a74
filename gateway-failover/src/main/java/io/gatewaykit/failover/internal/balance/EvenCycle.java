package io.gatewaykit.failover.internal.balance;

import java.util.PriorityQueue;

/**
 * A smooth weighted cycle for many endpoints, where {@link SmoothWeighted} would take too long to
 * play ahead: the k-th pick of an endpoint of weight w is due at (k + 1/2) / w, and picks are made
 * in the order they are due. It costs O(length · log n) once, and no endpoint is ever further from
 * its share than under nginx's rule. Immutable but for the threads' places.
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
    var due = new PriorityQueue<Due>(weights.length);
    int length = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        int weight = weights[i] / gcd;
        length += weight;
        due.add(new Due(i, weight, 0));
      }
    }
    picks = new int[length];
    for (int i = 0; i < length; i++) {
      Due next = due.remove();
      picks[i] = next.index;
      due.add(new Due(next.index, next.weight, next.pick + 1));
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

  /** Compared exactly, in integers: (2k + 1) / 2w. */
  private record Due(int index, int weight, int pick) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int order = Long.compare((2L * pick + 1) * other.weight, (2L * other.pick + 1) * weight);
      return order != 0 ? order : Integer.compare(index, other.index);
    }
  }
}
