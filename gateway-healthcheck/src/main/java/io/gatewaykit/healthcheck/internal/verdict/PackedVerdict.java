// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.verdict;

import io.gatewaykit.healthcheck.state.TargetState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A verdict: state and counts packed into one word, so that readers see a consistent pair. A report
 * that leaves the state unchanged, which is the common case, is counted by any thread with a
 * compare-and-set and without a lock. A report that would change the state is rejected here and
 * counted under the checker's lock instead, so each transition occurs once and is published once.
 *
 * <p>Correctness: the word is only changed by compare-and-set, so no report is lost or counted
 * twice. The state bits are only changed under the lock, since {@link #count} fails whenever its
 * step would change them. A reader without the lock sees counts that are at most momentarily
 * outdated.
 */
public final class PackedVerdict {
  /** Set until the first report. */
  public static final long UNDECIDED = 1L << 34;

  /** The next report decides, regardless of the rules. */
  static final long TRIAL = 1L << 35;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(PackedVerdict.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long word;

  /** Creates a verdict with this word; see {@link VerdictRules#initial}. */
  public PackedVerdict(long initial) {
    word = initial;
  }

  /** Returns the word: state and counts. */
  public long get() {
    return word;
  }

  /** Returns the state. */
  public TargetState state() {
    return VerdictRules.state(word);
  }

  /** Returns whether no report has been counted yet. */
  public boolean isUndecided() {
    return (word & UNDECIDED) != 0;
  }

  /** Returns whether the next report decides. */
  public boolean isTrial() {
    return (word & TRIAL) != 0;
  }

  /** Counts a report from any thread; false if it must be decided under the lock. */
  public boolean count(VerdictRules rules, Report report) {
    while (true) {
      long now = word;
      if ((now & (UNDECIDED | TRIAL)) != 0) {
        return false;
      }
      long next = rules.next(now, report);
      if (next == now) {
        return true;
      }
      if (VerdictRules.state(next) != VerdictRules.state(now)) {
        return false;
      }
      if (WORD.compareAndSet(this, now, next)) {
        return true;
      }
    }
  }

  /** Counts a report. Called under the lock. */
  public void decide(VerdictRules rules, Report report, boolean firstDecides) {
    long now;
    do {
      now = word;
    } while (!WORD.compareAndSet(this, now, after(now, rules, report, firstDecides)));
  }

  /** Returns the word after a report. */
  public static long after(long now, VerdictRules rules, Report report, boolean firstDecides) {
    boolean decisive = (now & TRIAL) != 0 || (firstDecides && (now & UNDECIDED) != 0);
    if (decisive) {
      boolean success = report == Report.SUCCESS;
      return VerdictRules.settled(success ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    }
    return rules.next(now & ~UNDECIDED, report);
  }

  /** Sets the state and clears the counts. Called under the lock. */
  public void settle(TargetState state) {
    set(VerdictRules.settled(state));
  }

  /** Makes the next report decisive. Called under the lock. */
  public void beginTrial() {
    set(VerdictRules.settled(TargetState.HEALTHY) | TRIAL);
  }

  /** Sets the word. */
  public void set(long value) {
    long now;
    do {
      now = word;
    } while (!WORD.compareAndSet(this, now, value));
  }
}
