// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds the ledgers of keys with open reservations, so that other keys need none and slots stay
 * small. A ledger is needed until its bucket has drained. Each new reservation inspects two other
 * ledgers and removes drained ones. There are therefore at most about twice as many as keys in
 * debt, and the work per call is O(1).
 */
final class RefundLedgers {
  private static final int INSPECTED = 2;

  private final ConcurrentHashMap<Long, Keyed> ledgers = new ConcurrentHashMap<>();
  private final ReentrantLock sweeping = new ReentrantLock();
  private Iterator<Keyed> sweep = ledgers.values().iterator();

  /** The ledger of one key, in units of one limit at a time; guarded by itself. */
  static final class Keyed {
    final RefundLedger ledger = new RefundLedger();
    private final Long hash;
    private Gcra gcra;
    private boolean removed;

    private Keyed(Long hash, Gcra gcra) {
      this.hash = hash;
      this.gcra = gcra;
    }

    /** Returns whether the ledger counts in units of that limit. */
    boolean isOf(Gcra other) {
      return gcra == other || gcra.limit.equals(other.limit);
    }

    /** Ends the reservations made under another limit. */
    void use(Gcra other) {
      if (!isOf(other)) {
        ledger.clear();
      }
      gcra = other;
    }

    /** Drains the layers up to the given time in nanoseconds. */
    void advance(long now, long backlog) {
      ledger.advance(now, elapsed(now), backlog);
    }

    private long elapsed(long now) {
      return gcra.units(Math.min(Math.max(0, now - ledger.time()), gcra.ceilNanos(gcra.range)));
    }
  }

  /** An action on a ledger, run under its lock. */
  interface Action {
    long apply(Keyed keyed);
  }

  /** Applies an action to the ledger of a key, which is created if absent. */
  long with(long hash, Gcra gcra, long now, Action action) {
    removeDrained(now);
    while (true) {
      Keyed keyed = ledgers.computeIfAbsent(hash, h -> new Keyed(h, gcra));
      synchronized (keyed) {
        if (!keyed.removed) {
          long answer = action.apply(keyed);
          removeIf(keyed, keyed.ledger.isEmpty());
          return answer;
        }
      }
    }
  }

  /** Applies an action to a ledger, unless its bucket has drained since. */
  void ifInUse(Keyed keyed, Runnable action) {
    synchronized (keyed) {
      if (!keyed.removed) {
        action.run();
        removeIf(keyed, keyed.ledger.isEmpty());
      }
    }
  }

  private void removeIf(Keyed keyed, boolean condition) {
    if (condition) {
      keyed.removed = true;
      ledgers.remove(keyed.hash, keyed);
    }
  }

  private void removeDrained(long now) {
    if (!sweeping.tryLock()) {
      return;
    }
    try {
      for (int i = 0; i < INSPECTED; i++) {
        if (!sweep.hasNext()) {
          sweep = ledgers.values().iterator();
          return;
        }
        Keyed keyed = sweep.next();
        synchronized (keyed) {
          removeIf(keyed, keyed.ledger.hasDrained(keyed.elapsed(now)));
        }
      }
    } finally {
      sweeping.unlock();
    }
  }

  int size() {
    return ledgers.size();
  }
}
