package io.gatewaykit.healthcheck;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One verdict: state and counts in one word, so that readers see those of one moment. Reports that
 * change no state, which is nearly all, are counted by any thread by compare-and-set, without a
 * lock. A report that would change the state is refused; it is decided under the checker's lock,
 * where it is counted anew, so that each transition happens once and is told once.
 *
 * <p>Why it is right: the word changes by compare-and-set only, so no report is lost or counted
 * twice; the state bits change under the lock only, since {@link #count} gives way whenever its
 * step would change them. A reader of the word without the lock sees counts at most a moment old.
 */
final class VerdictWord {
  /** Nothing has been reported yet. */
  static final long UNDECIDED = 1L << 34;

  /** The next report decides, whatever the thresholds. */
  static final long TRIAL = 1L << 35;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(VerdictWord.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long word;

  VerdictWord(long initial) {
    word = initial;
  }

  long get() {
    return word;
  }

  TargetState state() {
    return Thresholds.state(word);
  }

  boolean isUndecided() {
    return (word & UNDECIDED) != 0;
  }

  boolean isTrial() {
    return (word & TRIAL) != 0;
  }

  /** Counts a report from any thread; false if it must be decided under the lock. */
  boolean count(Thresholds thresholds, Report report) {
    while (true) {
      long now = word;
      if ((now & (UNDECIDED | TRIAL)) != 0) {
        return false;
      }
      long next = thresholds.next(now, report);
      if (next == now) {
        return true;
      }
      if (Thresholds.state(next) != Thresholds.state(now)) {
        return false;
      }
      if (WORD.compareAndSet(this, now, next)) {
        return true;
      }
    }
  }

  /** Counts a report under the lock. */
  void decide(Thresholds thresholds, Report report, boolean firstDecides) {
    long now;
    do {
      now = word;
    } while (!WORD.compareAndSet(this, now, after(now, thresholds, report, firstDecides)));
  }

  /** What the word would be after a report. */
  static long after(long now, Thresholds thresholds, Report report, boolean firstDecides) {
    boolean decisive = (now & TRIAL) != 0 || (firstDecides && (now & UNDECIDED) != 0);
    if (decisive) {
      boolean success = report == Report.SUCCESS;
      return Thresholds.settled(success ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    }
    return thresholds.next(now & ~UNDECIDED, report);
  }

  /** Sets the state and forgets the counts, under the lock. */
  void settle(TargetState state) {
    set(Thresholds.settled(state));
  }

  /** Lets the next report decide, under the lock. */
  void beginTrial() {
    set(Thresholds.settled(TargetState.HEALTHY) | TRIAL);
  }

  void set(long value) {
    long now;
    do {
      now = word;
    } while (!WORD.compareAndSet(this, now, value));
  }
}
