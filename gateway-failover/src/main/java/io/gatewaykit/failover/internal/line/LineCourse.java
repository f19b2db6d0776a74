// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The failback state machine of one line, from failure to its full share; see {@code LineSwitcher}
 * for the rules. It depends only on its arguments, including the time, and is called only by the
 * single writer of the group's selection tables.
 */
public final class LineCourse {
  public enum Phase {
    /** The line may receive its full share. */
    UP,
    /** The line has no available endpoint. */
    DOWN,
    /** The line is available again and must remain so for the hold time. */
    RISING,
    /** The line receives a growing share. */
    RAMPING
  }

  /** The number of completed requests after which a stage is evaluated. */
  public static final int ENOUGH = 20;

  /** The multiple of the hold time after loss, since each return costs lost requests. */
  private static final int LOSS_HOLD = 4;

  private final SwitchRules rules;
  private final FlapPenalty flaps;
  private Phase phase;
  private int stage;
  private long since;
  private String cause;
  private boolean leftForLoss;
  private Tally stageStart = Tally.NOTHING;
  private Tally otherStart = Tally.NOTHING;

  /** A line starts as up when its group starts; one that is added later starts as rising. */
  public LineCourse(SwitchRules rules, boolean up, long now) {
    this.rules = rules;
    flaps = new FlapPenalty(1, rules.suppress(), rules.reuse(), rules.halfLifeNanos());
    phase = up ? Phase.UP : Phase.RISING;
    since = now;
    cause = up ? "initial line" : "line added";
  }

  public Phase phase() {
    return phase;
  }

  /** Returns the maximum share of the traffic for the line, 0 to 1. */
  public double cap() {
    return switch (phase) {
      case UP -> 1;
      case DOWN, RISING -> 0;
      case RAMPING -> rules.stages().get(stage);
    };
  }

  public long since() {
    return since;
  }

  public String cause() {
    return cause;
  }

  public boolean suppressed(long now) {
    return flaps.suppressed(now);
  }

  public double penalty(long now) {
    return flaps.value(now);
  }

  /** Starts the ramp-up of a line. */
  public void ramp(long now, Tally own, Tally other, String why) {
    enter(Phase.RAMPING, now, why);
    startStage(0, own, other);
    skipRamp(now);
  }

  /**
   * Advances the state machine.
   *
   * @param available whether the line has an available endpoint
   * @param own supplies the cumulative counters of this line; called only when needed
   * @param other supplies those of the line with the most traffic among the others; likewise
   */
  public void step(boolean available, long now, Supplier<Tally> own, Supplier<Tally> other) {
    if (!available) {
      if (phase != Phase.DOWN) {
        if (phase != Phase.RISING) { // a line that was not up has not flapped
          flaps.flap(now);
        }
        enter(Phase.DOWN, now, "no endpoint available");
      }
      return;
    }
    if (phase == Phase.DOWN) {
      enter(Phase.RISING, now, "endpoint available again");
    }
    if (phase == Phase.RISING && now - since >= riseNanos(now) && !flaps.suppressed(now)) {
      ramp(now, own.get(), other.get(), "hold time elapsed");
    } else if (phase == Phase.RAMPING) {
      judge(now, own.get(), other.get());
    }
  }

  private void judge(long now, Tally own, Tally other) {
    long ended = own.ended(stageStart);
    if (ended >= ENOUGH) {
      double excess = own.errors(stageStart) - other.errors(otherStart);
      if (excess > rules.worseErrors()) {
        rollBack(
            now,
            String.format(
                Locale.ROOT, "failure rate %.1f points above the other line", 100 * excess));
        return;
      }
      long p95 = own.p95Nanos(stageStart, ENOUGH);
      long others = other.p95Nanos(otherStart, ENOUGH);
      boolean slower = p95 - others > rules.absoluteNanos() && p95 > others * rules.worseLatency();
      if (others > 0 && slower) {
        double times = (double) p95 / others;
        rollBack(
            now,
            String.format(Locale.ROOT, "p95 latency %.1f times that of the other line", times));
        return;
      }
    }
    if (now - since >= rules.stageNanos()) {
      if (stage + 1 == rules.stages().size()) {
        leftForLoss = false;
        enter(Phase.UP, now, cause);
      } else {
        since = now;
        startStage(stage + 1, own, other);
        skipRamp(now);
      }
    }
  }

  /** Rolls back a line that loses more attempts than another. */
  public void rollBackForLoss(long now, String why) {
    flaps.flap(now);
    enter(Phase.RISING, now, why);
    leftForLoss = true;
  }

  private void rollBack(long now, String why) {
    flaps.flap(now);
    enter(
        Phase.RISING,
        now,
        String.format(
            Locale.ROOT, "rolled back at %.0f %%: %s", 100 * rules.stages().get(stage), why));
  }

  private void startStage(int next, Tally own, Tally other) {
    stage = next;
    stageStart = own;
    otherStart = other;
  }

  /** Without a stage time, the full share applies immediately. */
  private void skipRamp(long now) {
    if (rules.stageNanos() == 0) {
      enter(Phase.UP, now, cause);
    }
  }

  private void enter(Phase next, long now, String why) {
    phase = next;
    since = now;
    cause = why;
  }

  /** The remaining penalty extends the hold time. */
  private long riseNanos(long now) {
    int times = leftForLoss ? LOSS_HOLD : 1;
    return (long) (times * rules.riseNanos() * Math.max(1, flaps.value(now)));
  }

  /** Returns a human-readable description of the state. */
  public String describe(long now) {
    Duration left;
    return switch (phase) {
      case UP -> "full share: " + cause;
      case DOWN -> "down: " + cause;
      case RISING -> {
        left =
            Duration.ofNanos(Math.max(riseNanos(now) - (now - since), flaps.reusableInNanos(now)));
        yield "on hold for another " + Math.max(0, left.toSeconds()) + " s: " + cause;
      }
      case RAMPING -> String.format(Locale.ROOT, "ramping up, at %.0f %%: %s", 100 * cap(), cause);
    };
  }
}
