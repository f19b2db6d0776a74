// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** A bounded log of recent changes and their causes. Thread-safe. */
public final class SwitchLog {
  private static final int CAPACITY = 50;

  private final LongSupplier clock;
  private final Deque<GatewayStatus.Switch> entries = new ArrayDeque<>();

  /**
   * Creates an empty log.
   *
   * @param clock the time in milliseconds since 1970
   */
  public SwitchLog(LongSupplier clock) {
    this.clock = clock;
  }

  /** The subject of a change. */
  public enum Kind {
    /** The active line. */
    LINE,
    /** The health of an endpoint. */
    ENDPOINT,
    /** The configuration. */
    CONFIG,
    /** An operator's action. */
    OPERATOR;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Records a change. */
  public void add(Kind kind, String what, String cause) {
    var entry = new GatewayStatus.Switch(clock.getAsLong(), kind.word(), what, cause);
    synchronized (entries) {
      if (entries.size() == CAPACITY) {
        entries.removeLast();
      }
      entries.addFirst(entry);
    }
  }

  /** Returns the retained entries, newest first. */
  public List<GatewayStatus.Switch> newestFirst() {
    synchronized (entries) {
      return List.copyOf(entries);
    }
  }
}
