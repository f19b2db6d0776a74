// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Writes the log lines of a registry on a background thread, in order. The registry adds them under
 * its lock, and an appender may block: written there, a slow disk would delay all reports and the
 * probe thread. Bounded; lines that do not fit are counted. Thread-safe.
 */
final class StateLog {
  static final int CAPACITY = 1_024;

  private final Logger log;
  private final String checker;
  private final Executor executor;
  private final Queue<Line> lines = new ArrayDeque<>();
  private final Object writing = new Object();
  private boolean scheduled;
  private int omitted;

  private record Line(Level level, String text) {}

  /**
   * Creates an empty log.
   *
   * @param executor writes the lines
   */
  StateLog(Logger log, String checker, Executor executor) {
    this.log = log;
    this.checker = checker;
    this.executor = executor;
  }

  /** Queues a line. Never blocks. */
  synchronized void add(Level level, String text) {
    if (lines.size() < CAPACITY) {
      lines.add(new Line(level, text));
    } else {
      omitted++;
    }
    if (!scheduled) {
      scheduled = true;
      executor.execute(this::flush);
    }
  }

  private synchronized @Nullable Line poll() {
    Line line = lines.poll();
    if (line == null && omitted > 0) {
      line = new Line(Level.WARN, omitted + " lines omitted from the log (appender is too slow)");
      omitted = 0;
    }
    scheduled = line != null;
    return line;
  }

  /** Writes the queued lines; waits for a thread that writes others. */
  void flush() {
    synchronized (writing) {
      for (Line line = poll(); line != null; line = poll()) {
        log.atLevel(line.level).log("checker {}: {}", checker, line.text);
      }
    }
  }
}
