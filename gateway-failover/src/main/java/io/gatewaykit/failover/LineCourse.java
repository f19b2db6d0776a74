package io.gatewaykit.failover;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Where one line is between failing and having its full share again; see {@link LineSwitcher} for
 * the rules. A pure state machine on the times it is told: only the single writer of the group's
 * tables calls it.
 */
final class LineCourse {
  enum Phase {
    /** It may have its full share. */
    UP,
    /** It has no available endpoint. */
    DOWN,
    /** It is available again, but not yet for long enough. */
    RISING,
    /** It gets a growing share. */
    RAMPING
  }

  /** A stage is judged once so many requests have ended in it. */
  static final int ENOUGH = 20;

  private final LineSwitcher rules;
  private final FlapPenalty flaps;
  private Phase phase;
  private int stage;
  private long since;
  private String cause;
  private Tally stageStart = Tally.NOTHING;
  private Tally otherStart = Tally.NOTHING;

  /** A line is up at once when its group starts; one that is added later has to rise. */
  LineCourse(LineSwitcher rules, boolean up, long now) {
    this.rules = rules;
    flaps = new FlapPenalty(1, rules.suppress, rules.reuse, rules.halfLifeNanos);
    phase = up ? Phase.UP : Phase.RISING;
    since = now;
    cause = up ? "it was there when the group began" : "it was added";
  }

  Phase phase() {
    return phase;
  }

  /** Returns the largest share of the traffic the line may have now, 0 to 1. */
  double cap() {
    return switch (phase) {
      case UP -> 1;
      case DOWN, RISING -> 0;
      case RAMPING -> rules.stages[stage];
    };
  }

  long since() {
    return since;
  }

  String cause() {
    return cause;
  }

  boolean suppressed(long now) {
    return flaps.suppressed(now);
  }

  double penalty(long now) {
    return flaps.value(now);
  }

  /** Begins the ramp of a line that takes over. */
  void ramp(long now, Tally own, Tally other, String why) {
    enter(Phase.RAMPING, now, why);
    startStage(0, own, other);
    skipRamp(now);
  }

  /**
   * Moves on.
   *
   * @param available whether the line has an available endpoint
   * @param own tells what the line did so far; asked only where that matters
   * @param other tells what the line with the most traffic besides it did so far; likewise
   */
  void step(boolean available, long now, Supplier<Tally> own, Supplier<Tally> other) {
    if (!available) {
      if (phase != Phase.DOWN) {
        if (phase != Phase.RISING) { // a line that never got as far has not flapped
          flaps.flap(now);
        }
        enter(Phase.DOWN, now, "no endpoint is available");
      }
      return;
    }
    if (phase == Phase.DOWN) {
      enter(Phase.RISING, now, "an endpoint is available again");
    }
    if (phase == Phase.RISING && now - since >= riseNanos(now) && !flaps.suppressed(now)) {
      ramp(now, own.get(), other.get(), "it stayed available");
    } else if (phase == Phase.RAMPING) {
      judge(now, own.get(), other.get());
    }
  }

  private void judge(long now, Tally own, Tally other) {
    long ended = own.ended(stageStart);
    if (ended >= ENOUGH) {
      double excess = own.errors(stageStart) - other.errors(otherStart);
      if (excess > rules.worseErrors) {
        rollBack(now, String.format(Locale.ROOT, "%.1f points more failures", 100 * excess));
        return;
      }
      long p95 = own.p95Nanos(stageStart, ENOUGH);
      long others = other.p95Nanos(otherStart, ENOUGH);
      boolean slower = p95 - others > rules.absoluteNanos && p95 > others * rules.worseLatency;
      if (others > 0 && slower) {
        double times = (double) p95 / others;
        rollBack(now, String.format(Locale.ROOT, "p95 is %.1f times the other's", times));
        return;
      }
    }
    if (now - since >= rules.stageNanos) {
      if (stage + 1 == rules.stages.length) {
        enter(Phase.UP, now, cause);
      } else {
        since = now;
        startStage(stage + 1, own, other);
        skipRamp(now);
      }
    }
  }

  private void rollBack(long now, String why) {
    flaps.flap(now);
    enter(
        Phase.RISING,
        now,
        String.format(Locale.ROOT, "rolled back at %.0f %%: %s", 100 * rules.stages[stage], why));
  }

  private void startStage(int next, Tally own, Tally other) {
    stage = next;
    stageStart = own;
    otherStart = other;
  }

  /** The last stage is the full share: nothing is left to wait for. */
  private void skipRamp(long now) {
    if (rules.stageNanos == 0) {
      enter(Phase.UP, now, cause);
    }
  }

  private void enter(Phase next, long now, String why) {
    phase = next;
    since = now;
    cause = why;
  }

  /** Each flap that is not forgotten makes the line prove itself for longer. */
  private long riseNanos(long now) {
    return (long) (rules.riseNanos * Math.max(1, flaps.value(now)));
  }

  /** Says in words how the line stands. */
  String describe(long now) {
    Duration left;
    return switch (phase) {
      case UP -> "has its full share: " + cause;
      case DOWN -> "is down: " + cause;
      case RISING -> {
        left =
            Duration.ofNanos(Math.max(riseNanos(now) - (now - since), flaps.reusableInNanos(now)));
        yield "waits for another " + Math.max(0, left.toSeconds()) + " s: " + cause;
      }
      case RAMPING -> String.format(Locale.ROOT, "ramps up, at %.0f %%: %s", 100 * cap(), cause);
    };
  }
}
