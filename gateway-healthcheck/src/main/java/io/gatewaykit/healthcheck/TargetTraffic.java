package io.gatewaykit.healthcheck;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How real traffic fared at one target since the last look. Any thread may count. */
final class TargetTraffic {
  private final LongAdder successes = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicInteger failuresInARow = new AtomicInteger();

  /** Counts one; returns how many failures there have now been in a row. */
  int count(boolean success) {
    if (success) {
      successes.increment();
      if (failuresInARow.get() != 0) { // so that good traffic shares a line it only reads
        failuresInARow.set(0);
      }
      return 0;
    }
    failures.increment();
    return failuresInARow.incrementAndGet();
  }

  void forgetRow() {
    failuresInARow.set(0);
  }

  long takeSuccesses() {
    return successes.sumThenReset();
  }

  long takeFailures() {
    return failures.sumThenReset();
  }
}
