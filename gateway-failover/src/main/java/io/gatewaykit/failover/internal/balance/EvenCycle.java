package io.gatewaykit.failover.internal.balance;

import java.util.PriorityQueue;

/**
 * A smooth weighted cycle for many endpoints, where {@link SmoothWeighted} would take too long to
 * play ahead: the k-th pick of an endpoint of weight w is due at (k + phase) / w, and picks are
 * made in the order they are due; the phases, multiples of the golden ratio, keep endpoints of
 * equal weight from being due together. It costs O(length · log n) once, gives each endpoint
 * exactly its share of a cycle, and keeps it within a pick and a half of it on the way. Immutable
 * but for the threads' places.
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

  private record Due(int index, int weight, int pick) implements Comparable<Due> {
    private static final double GOLDEN = 0.6180339887498949;

    double at() {
      double phase = (index + 1) * GOLDEN % 1;
      return (pick + phase) / weight;
    }

    @Override
    public int compareTo(Due other) {
      int order = Double.compare(at(), other.at());
      return order != 0 ? order : Integer.compare(index, other.index);
    }
  }
}
