// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.GroupSnapshot.Switch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The active line and the most recent switches. Thread-safe. */
final class SwitchHistory {
  static final int KEPT = 50;

  /** One switch; {@code from} is empty for the initial line. */
  record Move(String from, String to, String cause, long at) {}

  private final AtomicReference<Move> last;

  private final Deque<Move> moves = new ArrayDeque<>(KEPT);

  SwitchHistory(long now) {
    last = new AtomicReference<>(new Move("", "", "no traffic yet", now));
  }

  /** Returns the line of the last first attempt; empty if there was none. */
  String active() {
    return last.get().to;
  }

  /** Returns the switch to the active line. */
  Move last() {
    return last.get();
  }

  /** Records a switch unless another thread has recorded one first; true if this call did. */
  boolean move(Move expected, Move next) {
    if (!last.compareAndSet(expected, next)) {
      return false;
    }
    if (!next.from.isEmpty()) {
      synchronized (moves) {
        if (moves.size() == KEPT) {
          moves.removeLast();
        }
        moves.addFirst(next);
      }
    }
    return true;
  }

  /** Returns the recent switches, newest first. */
  List<Switch> recent(long now) {
    var result = new ArrayList<Switch>(KEPT);
    synchronized (moves) {
      for (Move move : moves) {
        Duration age = Duration.ofNanos(now - move.at);
        result.add(new Switch(move.from, move.to, move.cause, move.at, age));
      }
    }
    return List.copyOf(result);
  }
}
