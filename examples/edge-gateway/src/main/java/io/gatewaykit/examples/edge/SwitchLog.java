package io.gatewaykit.examples.edge;

import io.gatewaykit.examples.edge.admin.GatewayStatus;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** The last things that changed, with their cause. Thread-safe. */
public final class SwitchLog {
  private static final int CAPACITY = 50;

  private final LongSupplier clock;
  private final Deque<GatewayStatus.Switch> entries = new ArrayDeque<>();

  /**
   * Makes an empty log.
   *
   * @param clock the time in milliseconds since 1970
   */
  public SwitchLog(LongSupplier clock) {
    this.clock = clock;
  }

  /** What changed. */
  public enum Kind {
    /** Which line gets the traffic. */
    LINE,
    /** The health of an endpoint. */
    ENDPOINT,
    /** The configuration. */
    CONFIG,
    /** Something a person did. */
    OPERATOR;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Notes a change. */
  public void add(Kind kind, String what, String cause) {
    var entry = new GatewayStatus.Switch(clock.getAsLong(), kind.word(), what, cause);
    synchronized (entries) {
      if (entries.size() == CAPACITY) {
        entries.removeLast();
      }
      entries.addFirst(entry);
    }
  }

  /** Returns what is remembered. */
  public List<GatewayStatus.Switch> newestFirst() {
    synchronized (entries) {
      return List.copyOf(entries);
    }
  }
}
