// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * nginx's smooth weighted sequence, computed ahead, so that a pick reads one array element instead
 * of visiting all endpoints.
 *
 * <p>Without events, the picks of {@link SmoothWeighted} repeat after a cycle. A segment of picks
 * is therefore computed in advance; if it ends in its initial state, it is repeated indefinitely.
 * On an event (an endpoint is removed, returns, fails or changes its weight), the state is advanced
 * to the current position, the event is applied, and the next segment is computed from there. A
 * single thread therefore sees exactly nginx's sequence across events, and no update restarts the
 * round robin at its head, which would starve the tail.
 *
 * <p>Each thread has its own position in the segment, since a shared cursor would cost a contended
 * write per pick; shares are exact for each thread. Picks are lock-free. Events take a lock, and a
 * reader sees either the old or the new segment in full.
 */
public final class SmoothSequence {
  /** The maximum of rounds times endpoints computed ahead for an entire cycle: about 5 ms. */
  static final long MAX_WORK = 1 << 22;

  /** The length of successive segments if the cycle is longer. */
  static final int STRETCH = 1024;

  /** The maximum number of endpoints for which failures lower the weight. */
  static final int RECOVERY = 64;

  /**
   * The length of the first segment after a failure, which another failure may follow soon, and of
   * the next ones until the weights have recovered.
   */
  private static final int AFTER_FAILURE = 8;

  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final long seed;
  private final int size;
  private SmoothWeighted start; // the state at the current segment's start; guarded by lock
  private volatile PickCycle stretch;

  /** Replaces the segment after a failure: the next pick computes a segment. */
  private final PickCycle outdated;

  private final int[] failures; // since the segment was replaced; guarded by lock
  private int maxFails; // guarded by lock
  private int replacedAt; // the position in the replaced segment; guarded by lock

  /**
   * Starts a sequence.
   *
   * @param weights the weights of the endpoints
   * @param seed determines the start in the cycle; 0: at its head, as in nginx
   */
  public SmoothSequence(int[] weights, long seed) {
    this.seed = seed;
    this.size = weights.length;
    start = new SmoothWeighted(weights);
    outdated = new PickCycle(new int[0], false, seed);
    failures = new int[recordsFailures() ? size : 0];
    PickCycle first = play(wholeLength());
    stretch = seed == 0 ? first : first.scatter();
  }

  /** Returns whether a cycle of these weights can be computed ahead at an acceptable cost. */
  public static boolean suits(int[] weights) {
    return weights.length <= RECOVERY
        || new SmoothWeighted(weights).cycle() * weights.length <= MAX_WORK;
  }

  /** Returns the index of the next pick, or -1 if none is eligible. */
  public int next() {
    PickCycle segment = stretch;
    int pick = segment.next();
    while (pick == PickCycle.ENDED) { // again if another thread has changed the sequence meanwhile
      segment = follow(segment);
      pick = segment.next();
    }
    return pick;
  }

  /** Returns whether this is the current segment, so that its picks are valid. */
  public boolean isCurrent(PickCycle segment) {
    return stretch == segment;
  }

  /** Returns the current segment if it repeats, else null. */
  public @Nullable PickCycle cycle() {
    PickCycle current = stretch;
    return current.repeats() ? current : null;
  }

  /** Computes the segment after {@code played}, unless another thread already has. */
  private PickCycle follow(PickCycle played) {
    lock.lock();
    try {
      if (stretch == played && !played.repeats()) {
        if (played == outdated) {
          catchUp();
          stretch = play(AFTER_FAILURE);
        } else {
          advance(played.length());
          stretch = play(start.isRecovered() ? wholeLength() : RECOVERY);
        }
      }
      return stretch;
    } finally {
      lock.unlock();
    }
  }

  /** Sets the endpoints that are eligible from now on. */
  public void eligible(boolean[] eligible) {
    lock.lock();
    try {
      catchUp();
      for (int i = 0; i < eligible.length; i++) {
        start.eligible(i, eligible[i]);
      }
      stretch = play(wholeLength());
    } finally {
      lock.unlock();
    }
  }

  /** Changes the weight of an endpoint. */
  public void weight(int index, int weight) {
    lock.lock();
    try {
      catchUp();
      start.weight(index, weight);
      stretch = play(wholeLength());
    } finally {
      lock.unlock();
    }
  }

  /** Changes the weights and the eligible endpoints; the sequence continues. */
  public void update(int[] weights, boolean[] eligible) {
    lock.lock();
    try {
      catchUp();
      for (int i = 0; i < weights.length; i++) {
        if (start.weight(i) != weights[i]) {
          start.weight(i, weights[i]);
        }
        start.eligible(i, eligible[i]);
      }
      stretch = play(wholeLength());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns whether {@link #failed} has an effect. False for large lines, where the share of one
   * endpoint is small and each failure would cost a recomputation.
   */
  public boolean recordsFailures() {
    return size <= RECOVERY;
  }

  /**
   * Lowers the share of an endpoint that failed; it recovers with later picks. Takes constant time:
   * the next pick computes the segment.
   */
  public void failed(int index, int maxFails) {
    if (!recordsFailures()) {
      return;
    }
    lock.lock();
    try {
      if (stretch != outdated) {
        replacedAt = stretch.position();
        stretch = outdated;
      }
      failures[index]++;
      this.maxFails = maxFails;
    } finally {
      lock.unlock();
    }
  }

  /** Advances the state to the current position, and applies the failures since. */
  private void catchUp() {
    if (stretch != outdated) {
      advance(stretch.position());
      return;
    }
    advance(replacedAt);
    for (int i = 0; i < failures.length; i++) {
      for (; failures[i] > 0; failures[i]--) {
        start.failed(i, maxFails);
      }
    }
  }

  private void advance(int rounds) {
    for (int i = 0; i < rounds; i++) {
      start.pick();
    }
  }

  /** Returns the length of a cycle, or of a segment if the cycle is too long. */
  private int wholeLength() {
    long cycle = start.cycle();
    boolean whole = cycle * start.size() <= MAX_WORK && cycle <= Integer.MAX_VALUE;
    return whole ? (int) cycle : STRETCH;
  }

  private PickCycle play(int length) {
    if (start.cycle() == 0) {
      return new PickCycle(new int[] {-1}, true, seed);
    }
    SmoothWeighted state = start.copy();
    var picks = new int[length];
    for (int i = 0; i < length; i++) {
      picks[i] = state.pick();
    }
    var next = new PickCycle(picks, state.sameAs(start), seed);
    return seed == 0 ? next : next.scatterOthers();
  }
}
