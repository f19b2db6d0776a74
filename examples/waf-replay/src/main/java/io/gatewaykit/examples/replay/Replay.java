package io.gatewaykit.examples.replay;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafResult;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.BiConsumer;

/** Inspects each request of a file as it comes, and keeps sums only. */
final class Replay implements RequestSink {
  private static final int REPORTED_BAD_LINES = 20;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Waf waf;
  private final BiConsumer<RecordedRequest, WafResult> observer;
  private final PrintStream err;
  private final Tally tally = new Tally();
  private String file = "";
  private long badLines;

  Replay(Waf waf, BiConsumer<RecordedRequest, WafResult> observer, PrintStream err) {
    this.waf = waf;
    this.observer = observer;
    this.err = err;
  }

  /** Names the file that the next bad lines are in. */
  void enter(String name) {
    file = name;
  }

  @Override
  public void onRequest(RecordedRequest request) {
    long before = threads.getCurrentThreadCpuTime();
    WafResult result = waf.inspect(request.request());
    tally.add(request, result, threads.getCurrentThreadCpuTime() - before);
    observer.accept(request, result);
  }

  @Override
  public void onBadLine(long line, String reason) {
    if (++badLines <= REPORTED_BAD_LINES) {
      err.printf("%s:%d: %s%n", file, line, reason);
    }
  }

  /** Says how many bad lines there were, if not each was named. */
  void finish() {
    if (badLines > REPORTED_BAD_LINES) {
      err.printf("%d bad lines in all, skipped%n", badLines);
    }
  }

  Tally tally() {
    return tally;
  }

  long badLines() {
    return badLines;
  }
}
