// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.Ended;
import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.CheckerSnapshot.Probed;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The last results of a target's probes, and totals by kind of result. The ring stores a word per
 * result: with ten thousand targets, objects would number eighty thousand. Written by the engine
 * thread only. A reader may miss the newest result briefly but never sees a torn one, since each
 * result is a single word.
 */
final class ProbeHistory {
  static final int LENGTH = 8;

  // cause 5 bits, status 10, latency in µs 24 (16.7 s), time in ms 25 (9.3 h, then it wraps)
  private static final int STATUS_SHIFT = 5;
  private static final int LATENCY_SHIFT = 15;
  private static final int TIME_SHIFT = 39;
  private static final long STATUS_MASK = 0x3ff;
  private static final long LATENCY_MASK = 0xff_ffff;
  private static final long TIME_MASK = 0x1ff_ffff;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final Cause[] CAUSES = Cause.values();

  private final long[] ring = new long[LENGTH];

  /** By report: the number of probes and their total duration. */
  private final long[] ended = new long[2 * Report.values().length];

  private volatile long count;

  // ordinals are not persisted; single writer
  @SuppressWarnings({"EnumOrdinal", "NonAtomicVolatileUpdate"})
  void add(ProbeResult result, long now) {
    long latency = Math.min(LATENCY_MASK, result.latencyNanos() / 1_000);
    ring[(int) (count % LENGTH)] =
        result.cause().ordinal()
            | (result.status() & STATUS_MASK) << STATUS_SHIFT
            | latency << LATENCY_SHIFT
            | (now / NANOS_PER_MILLI & TIME_MASK) << TIME_SHIFT;
    int report = 2 * Report.of(result.cause()).ordinal();
    ended[report]++;
    ended[report + 1] += result.latencyNanos();
    count++; // volatile write: publishes the words
  }

  long count() {
    return count;
  }

  Probed probed() {
    long ignored = count; // volatile read first: makes the words published with it visible
    return new Probed(
        ended(Report.SUCCESS),
        ended(Report.HTTP_FAILURE),
        ended(Report.TCP_FAILURE),
        ended(Report.TIMEOUT));
  }

  @SuppressWarnings("EnumOrdinal") // ordinals are not persisted
  private Ended ended(Report report) {
    int index = 2 * report.ordinal();
    return new Ended(ended[index], Duration.ofNanos(ended[index + 1]));
  }

  /** Returns the last results, newest first. */
  List<PastProbe> view(long now) {
    long last = count;
    var past = new ArrayList<PastProbe>();
    for (long i = last - 1; i >= Math.max(0, last - LENGTH); i--) {
      long word = ring[(int) (i % LENGTH)];
      long ageMillis = (now / NANOS_PER_MILLI - (word >>> TIME_SHIFT)) & TIME_MASK;
      past.add(
          new PastProbe(
              CAUSES[(int) (word & 0x1f)],
              (int) (word >> STATUS_SHIFT & STATUS_MASK),
              Duration.of(word >> LATENCY_SHIFT & LATENCY_MASK, ChronoUnit.MICROS),
              Duration.ofMillis(ageMillis)));
    }
    return past;
  }
}
