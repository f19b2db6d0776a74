// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import io.gatewaykit.edge.demo.LineAction;
import io.gatewaykit.edge.demo.SimulatedLine;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Breaks lines at random, one at a time, and restores them. */
final class Chaos implements AutoCloseable {
  private static final List<LineAction> HARM =
      List.of(LineAction.KILL, LineAction.SLOW, LineAction.FREEZE, LineAction.ERRORS);
  private static final int BROKEN_MILLIS = 5_000;
  private static final int SOUND_MILLIS = 6_000;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SimulatedLines lines;
  private final Random random;
  private @Nullable SimulatedLine failedLine;
  private final AtomicInteger failures = new AtomicInteger();

  Chaos(SimulatedLines lines, long seed) {
    this.lines = lines;
    random = new Random(seed);
    next(1_000);
  }

  private void next(int millis) {
    var unused = timer.schedule(this::act, millis, TimeUnit.MILLISECONDS);
  }

  private void act() {
    SimulatedLine line = failedLine;
    if (line != null) {
      line.apply(LineAction.RECOVER);
      failedLine = null;
      next(1_000 + random.nextInt(SOUND_MILLIS));
    } else {
      // Favours the best line, whose failure has the greatest effect.
      line = lines.lines().get(Math.max(0, random.nextInt(5) - 2));
      failedLine = line;
      line.apply(HARM.get(random.nextInt(HARM.size())));
      failures.incrementAndGet();
      next(1_000 + random.nextInt(BROKEN_MILLIS));
    }
  }

  int failures() {
    return failures.get();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
