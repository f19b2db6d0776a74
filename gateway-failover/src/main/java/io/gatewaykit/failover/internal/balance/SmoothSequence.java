package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * nginx's smooth weighted sequence, played ahead, so that a pick reads one array element instead of
 * visiting all endpoints.
 *
 * <p>The picks of {@link SmoothWeighted} repeat after a cycle as long as nothing happens. So a
 * stretch of picks is computed at once; if it ends in the state it began with it is played for
 * ever. When something does happen (an endpoint goes or comes back, fails, gets another weight),
 * the state is brought to where the picks have got to, the event is applied, and the next stretch
 * computed from there. One thread therefore sees exactly nginx's sequence through all of that, and
 * no update restarts the round robin at its head, which would starve the tail.
 *
 * <p>Each thread plays the stretch from a place of its own, since a shared cursor would cost every
 * pick a contended write; the shares are exact for each thread. Picks are lock-free; events take a
 * lock, and a reader sees the old stretch or the new one, whole.
 */
public final class SmoothSequence {
  /** Rounds times endpoints computed ahead for a whole cycle: about 5 ms. */
  static final long MAX_WORK = 1 << 22;

  /** Where a cycle would be longer, stretches of so many picks follow each other. */
  static final int STRETCH = 1024;

  /** After a failure the weights recover within few picks, so the next stretch is short. */
  static final int RECOVERY = 64;

  /** The place of a thread that has not come yet: beyond any end. */
  private static final long SCATTERED = Integer.MAX_VALUE;

  private static final VarHandle PLACES = MethodHandles.arrayElementVarHandle(long[].class);

  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final long seed;
  private SmoothWeighted start; // the state at the current stretch's head; guarded by lock
  private volatile Stretch stretch;

  /** A stretch of picks and each thread's place in it. */
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

    /** Lets each thread that comes begin at a place of its own, but for the calling one. */
    void scatter() {
      Arrays.fill(places, SCATTERED);
      places[Stripes.mine()] = 0;
    }

    /** Returns where the next thread begins. */
    int start(long seed) {
      long random = Stripes.mix(seed + picks.length + begun.getAndIncrement());
      return Stripes.bounded(Stripes.mix(random), picks.length);
    }
  }

  /**
   * Starts a sequence.
   *
   * @param weights the endpoints' weights
   * @param seed where in the cycle to begin; 0: at its head, as nginx does
   */
  public SmoothSequence(int[] weights, long seed) {
    this.seed = seed;
    start = new SmoothWeighted(weights);
    stretch = play(false);
    if (seed != 0) {
      Arrays.fill(stretch.places, SCATTERED);
    }
  }

  /** Tells whether so many rounds of so many endpoints can be played ahead at a sensible cost. */
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

  /** The pick of a thread that has come for the first time, or is at the end of its stretch. */
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

  /** Computes what comes after a stretch, unless another thread already has. */
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

  /** Says which endpoints are eligible from now on. */
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

  /** Gives an endpoint another weight. */
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

  /** Lowers the share of an endpoint that failed; it recovers by itself. */
  public void failed(int index, int maxFails) {
    if (start.size() > RECOVERY) {
      return; // one of many: the others hardly notice, and each failure would cost a replay
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
