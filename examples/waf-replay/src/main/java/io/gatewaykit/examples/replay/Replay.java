// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.waf.WafGuard;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.BiConsumer;

/** Evaluates the requests of a file one at a time and retains totals only. */
final class Replay implements RequestSink {
  private static final int REPORTED_BAD_LINES = 20;
  private static final int CHUNK_BYTES = 8 << 10; // a typical read size of servers

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final WafGuard guard;
  private final BiConsumer<RecordedRequest, ReplayResult> observer;
  private final PrintStream err;
  private final ReplayStatistics statistics = new ReplayStatistics();
  private String file = "";
  private long badLines;

  Replay(WafGuard guard, BiConsumer<RecordedRequest, ReplayResult> observer, PrintStream err) {
    this.guard = guard;
    this.observer = observer;
    this.err = err;
  }

  /** Sets the name of the file for subsequent bad lines. */
  void enter(String name) {
    file = name;
  }

  @Override
  public void onRequest(RecordedRequest request) {
    long before = threads.getCurrentThreadCpuTime();
    ReplayResult result = ReplayedRequest.replay(request, guard, CHUNK_BYTES);
    statistics.add(request, result, threads.getCurrentThreadCpuTime() - before);
    observer.accept(request, result);
  }

  @Override
  public void onBadLine(long line, String reason) {
    if (++badLines <= REPORTED_BAD_LINES) {
      err.printf("%s:%d: %s%n", file, line, reason);
    }
  }

  /** Prints the number of bad lines, if there were too many to print each of them. */
  void finish() {
    if (badLines > REPORTED_BAD_LINES) {
      err.printf("%d bad lines in all, skipped%n", badLines);
    }
  }

  ReplayStatistics statistics() {
    return statistics;
  }

  long badLines() {
    return badLines;
  }
}
