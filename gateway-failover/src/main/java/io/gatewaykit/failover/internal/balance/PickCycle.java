// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A sequence of picks computed ahead, with the position of each thread in it; see {@link Stripes}
 * for the effect of races. A thread that picks for the first time starts at a scattered position. A
 * sequence that repeats is stored at least {@value #MIN_LENGTH} picks long, so that its end is
 * rare.
 */
public final class PickCycle {
  /** The result of {@link #next} at the end of a sequence that does not repeat. */
  static final int ENDED = -2;

  /** The minimum length of a stored sequence that repeats. */
  static final int MIN_LENGTH = 64;

  /** The position of a thread that has not picked yet: beyond any end. */
  private static final long SCATTERED = Integer.MAX_VALUE;

  private static final VarHandle POSITIONS = MethodHandles.arrayElementVarHandle(long[].class);

  private final int[] picks;
  private final boolean repeats;
  private final long seed;

  /** A position that {@link #tryNext} skips once in 64 picks; -1: none, the end is as frequent. */
  private final int mask;

  private final long[] positions = new long[Stripes.slots()];
  private final AtomicInteger started = new AtomicInteger();

  /**
   * Creates a sequence at whose head every thread starts.
   *
   * @param cycle the indices of endpoints
   * @param repeats whether it starts again at its end
   * @param seed determines the scattered positions
   */
  PickCycle(int[] cycle, boolean repeats, long seed) {
    this.repeats = repeats;
    this.seed = seed;
    int times = repeats ? (MIN_LENGTH + cycle.length - 1) / cycle.length : 1;
    picks = times == 1 ? cycle : unrolled(cycle, times);
    mask = picks.length < 2 * MIN_LENGTH ? -1 : MIN_LENGTH - 1;
  }

  private static int[] unrolled(int[] cycle, int times) {
    var picks = new int[cycle.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(cycle, 0, picks, i * cycle.length, cycle.length);
    }
    return picks;
  }

  /** Assigns a scattered start to every thread. */
  PickCycle scatter() {
    Arrays.fill(positions, SCATTERED);
    return this;
  }

  /** Assigns a scattered start to every thread except the calling one. */
  PickCycle scatterOthers() {
    scatter();
    positions[Stripes.currentSlot()] = 0;
    return this;
  }

  boolean repeats() {
    return repeats;
  }

  /** Returns the number of stored picks. */
  public int length() {
    return picks.length;
  }

  /** Returns the pick at this position. */
  public int pick(int position) {
    return picks[position];
  }

  /**
   * Returns the position of the calling thread's next pick and advances; -1 if it has to call
   * {@link #next}, which is about once in 64 picks, so that the caller can do periodic work.
   */
  public int tryNext() {
    int slot = Stripes.currentSlot();
    int position = (int) (long) POSITIONS.getOpaque(positions, slot);
    if (position >= picks.length || (position & mask) == mask) {
      return -1;
    }
    POSITIONS.setOpaque(positions, slot, position + 1L);
    return position;
  }

  /** Returns the calling thread's next pick, or {@link #ENDED}. */
  int next() {
    int slot = Stripes.currentSlot();
    int position = (int) (long) POSITIONS.getOpaque(positions, slot);
    if (position >= picks.length) {
      if (position == SCATTERED) {
        position = start();
      } else if (repeats) {
        position = 0;
      } else {
        return ENDED;
      }
    }
    POSITIONS.setOpaque(positions, slot, position + 1L);
    return picks[position];
  }

  /** Returns the number of picks from the head to the calling thread's position. */
  int position() {
    int slot = Stripes.currentSlot();
    int position = (int) (long) POSITIONS.getOpaque(positions, slot);
    if (position == SCATTERED) {
      position = start();
      POSITIONS.setOpaque(positions, slot, (long) position);
    }
    return position;
  }

  private int start() {
    long random = Stripes.mix(seed + picks.length + started.getAndIncrement());
    return Stripes.bounded(Stripes.mix(random), picks.length);
  }
}
