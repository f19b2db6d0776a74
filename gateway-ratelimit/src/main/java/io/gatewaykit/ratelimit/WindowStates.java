// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static io.gatewaykit.ratelimit.Decision.Source.LOCAL;
import static io.gatewaykit.ratelimit.Decision.Source.SHARED;

import io.gatewaykit.api.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * The states of the keys of a {@link WindowCounter}, by 64 bits of their hash: bounded in number
 * and size, regardless of the length of the keys.
 *
 * <p>Idle states, whose counts have expired, are found incrementally. All keys are in a ring, in
 * order of insertion. A new key inspects the two oldest entries, and other calls occasionally
 * inspect one. An idle state is removed, another moves to the end of the ring. There is no sweep:
 * each call does a constant amount of this work.
 */
final class WindowStates {
  private static final int INSPECTED = 2;
  private static final int INSPECTED_IF_FULL = 8;
  private static final int ONE_CALL_OF = 4;

  private final WindowSet windows;
  private final int maxKeys;
  private final OverflowPolicy overflow;
  private final Ticker ticker;
  private final long origin;

  /** The state shared by keys without a slot; guarded by itself. */
  private final long[] shared;

  private final LongAdder overflows = new LongAdder();
  private final ConcurrentHashMap<Long, long[]> states = new ConcurrentHashMap<>();
  private final Queue<Long> ring = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();

  WindowStates(WindowSet windows, int maxKeys, OverflowPolicy overflow, Ticker ticker) {
    this.windows = windows;
    this.maxKeys = maxKeys;
    this.overflow = overflow;
    this.ticker = ticker;
    this.origin = ticker.read();
    this.shared = windows.empty(0);
  }

  /** An action on the state of a key, with exclusive access. */
  interface Action<R> {
    R apply(WindowView view, Decision.Source source);
  }

  /** Applies an action to the state of a key, advanced to the current time. */
  <R> R apply(long hash, Limit[] limits, Action<R> action) {
    var result = new ArrayList<R>(1);
    boolean added = applyIfSlotFree(hash, limits, action, result);
    if (result.isEmpty()) {
      inspect(INSPECTED_IF_FULL);
      added = applyIfSlotFree(hash, limits, action, result);
    }
    if (added) {
      size.incrementAndGet();
      ring.add(hash);
      inspect(INSPECTED);
    } else if (ThreadLocalRandom.current().nextInt(ONE_CALL_OF) == 0) {
      inspect(1);
    }
    return result.isEmpty() ? decideWithoutSlot(limits, action) : result.get(0);
  }

  /** Returns whether the key was added. */
  private <R> boolean applyIfSlotFree(long hash, Limit[] limits, Action<R> action, List<R> result) {
    boolean[] added = new boolean[1];
    states.compute(
        hash,
        (key, old) -> {
          if (old == null && size.get() >= maxKeys) {
            return null;
          }
          long now = now();
          long[] state = old == null ? fresh(now) : old;
          windows.advance(state, now);
          result.add(action.apply(new WindowView(windows, limits, state, now), LOCAL));
          if (old == null && windows.isIdle(state)) {
            return null;
          }
          added[0] = old == null;
          return state; // idle states are removed by the ring
        });
    return added[0];
  }

  private <R> R decideWithoutSlot(Limit[] limits, Action<R> action) {
    overflows.increment();
    long now = now();
    if (overflow == OverflowPolicy.SHARE) {
      synchronized (shared) {
        windows.advance(shared, now);
        return action.apply(new WindowView(windows, limits, shared, now), SHARED);
      }
    }
    var view = new WindowView(windows, limits, windows.empty(now), now);
    if (overflow == OverflowPolicy.REJECT) {
      long ignored = view.charge(Long.MAX_VALUE);
    }
    return action.apply(view, SHARED);
  }

  /** A key may have been counted in the shared state while no slot was free for it. */
  private long[] fresh(long now) {
    synchronized (shared) {
      windows.advance(shared, now);
      if (!windows.isIdle(shared)) {
        return shared.clone();
      }
    }
    return windows.empty(now);
  }

  void reset(long hash) {
    states.computeIfPresent(
        hash,
        (key, state) -> {
          windows.clear(state, now());
          return state;
        });
  }

  private long now() {
    return ticker.read() - origin;
  }

  private boolean isIdle(long[] state) {
    windows.advance(state, now());
    return windows.isIdle(state);
  }

  private void inspect(int count) {
    for (int i = 0; i < count; i++) {
      Long hash = ring.poll();
      if (hash == null) {
        return;
      }
      boolean[] kept = new boolean[1];
      states.computeIfPresent(
          hash,
          (key, state) -> {
            kept[0] = !isIdle(state);
            return kept[0] ? state : null;
          });
      if (kept[0]) {
        ring.add(hash);
      } else {
        size.decrementAndGet();
      }
    }
  }

  /** Counts the keys with requests in a current window; scans all of them. */
  long live() {
    long[] live = new long[1];
    for (Long hash : states.keySet()) {
      states.computeIfPresent(
          hash,
          (key, state) -> {
            live[0] += isIdle(state) ? 0 : 1;
            return state;
          });
    }
    return live[0];
  }

  long overflows() {
    return overflows.sum();
  }

  int size() {
    return size.get();
  }
}
