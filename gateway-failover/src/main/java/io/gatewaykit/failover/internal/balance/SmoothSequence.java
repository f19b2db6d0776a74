// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

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

  /** After a failure the weights recover within few picks, so the next segment is short. */
  static final int RECOVERY = 64;

  /** The position of a thread that has not picked yet: beyond any end. */
  private static final long SCATTERED = Integer.MAX_VALUE;

  private static final VarHandle PLACES = MethodHandles.arrayElementVarHandle(long[].class);

  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final long seed;
  private final int size;
  private SmoothWeighted start; // the state at the current segment's start; guarded by lock
  private volatile Stretch stretch;

  /** A segment of picks, with the position of each thread in it. */
  private static final class Stretch {
    final int[] picks;
    final boolean repeats;
    final long[] places;
    final AtomicInteger begun = new AtomicInteger();

    Stretch(int[] picks, boolean repeats) {
      this.picks = picks;
      this.repeats = repeats;
      this.places = new long[Stripes.slots()];
    }

    /** Assigns a scattered start to every thread except the calling one. */
    void scatter() {
      Arrays.fill(places, SCATTERED);
      places[Stripes.mine()] = 0;
    }

    /** Returns the start of the next thread. */
    int start(long seed) {
      long random = Stripes.mix(seed + picks.length + begun.getAndIncrement());
      return Stripes.bounded(Stripes.mix(random), picks.length);
    }
  }

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
    stretch = play(false);
    if (seed != 0) {
      Arrays.fill(stretch.places, SCATTERED);
    }
  }

  /** Returns whether a cycle of these weights can be computed ahead at an acceptable cost. */
  public static boolean suits(int[] weights) {
    return weights.length <= RECOVERY
        || new SmoothWeighted(weights).cycle() * weights.length <= MAX_WORK;
  }

  /** Returns the index of the next pick, or -1 if none is eligible. */
  public int next() {
    Stretch now = stretch;
    int slot = Stripes.mine();
    int place = (int) (long) PLACES.getOpaque(now.places, slot);
    if (place >= now.picks.length) {
      return turn(now, slot, place);
    }
    PLACES.setOpaque(now.places, slot, place + 1L);
    return now.picks[place];
  }

  /** Slow path of {@link #next}: the first pick of a thread, or the end of its segment. */
  private int turn(Stretch played, int slot, int end) {
    Stretch now = played;
    int place = 0;
    if (end == SCATTERED) {
      place = now.start(seed);
    } else if (!now.repeats) {
      now = follow(now);
    }
    PLACES.setOpaque(now.places, slot, place + 1L);
    return now.picks[place];
  }

  /** Computes the segment after {@code played}, unless another thread already has. */
  private Stretch follow(Stretch played) {
    lock.lock();
    try {
      if (stretch == played) {
        advance(played.picks.length);
        stretch = play(false);
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
      advance(mine(stretch));
      for (int i = 0; i < eligible.length; i++) {
        start.eligible(i, eligible[i]);
      }
      stretch = play(false);
    } finally {
      lock.unlock();
    }
  }

  /** Changes the weight of an endpoint. */
  public void weight(int index, int weight) {
    lock.lock();
    try {
      advance(mine(stretch));
      start.weight(index, weight);
      stretch = play(false);
    } finally {
      lock.unlock();
    }
  }

  /** Changes the weights and the eligible endpoints; the sequence continues. */
  public void update(int[] weights, boolean[] eligible) {
    lock.lock();
    try {
      advance(mine(stretch));
      for (int i = 0; i < weights.length; i++) {
        if (start.weight(i) != weights[i]) {
          start.weight(i, weights[i]);
        }
        start.eligible(i, eligible[i]);
      }
      stretch = play(false);
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

  /** Lowers the share of an endpoint that failed; it recovers with later picks. */
  public void failed(int index, int maxFails) {
    if (!recordsFailures()) {
      return;
    }
    lock.lock();
    try {
      advance(mine(stretch));
      start.failed(index, maxFails);
      stretch = play(true);
    } finally {
      lock.unlock();
    }
  }

  private int mine(Stretch stretch) {
    long place = (long) PLACES.getOpaque(stretch.places, Stripes.mine());
    return place == SCATTERED ? stretch.start(seed) : (int) Math.min(place, stretch.picks.length);
  }

  private void advance(int rounds) {
    for (int i = 0; i < rounds; i++) {
      start.pick();
    }
  }

  private Stretch play(boolean recovering) {
    long cycle = start.cycle();
    if (cycle == 0) {
      return new Stretch(new int[] {-1}, true);
    }
    boolean whole = cycle * start.size() <= MAX_WORK && cycle <= Integer.MAX_VALUE;
    int length = recovering ? RECOVERY : whole ? (int) cycle : STRETCH;
    SmoothWeighted state = start.copy();
    var picks = new int[length];
    for (int i = 0; i < length; i++) {
      picks[i] = state.pick();
    }
    Stretch next = new Stretch(picks, state.sameAs(start));
    if (seed != 0) {
      next.scatter();
    }
    return next;
  }
}
