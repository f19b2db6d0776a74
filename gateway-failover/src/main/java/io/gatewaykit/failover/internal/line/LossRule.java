// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Moves traffic away from a line that loses attempts, if another line loses fewer; see {@code
 * LineSwitcher} for the rule. Not thread-safe: called by the single writer of the group's selection
 * tables.
 *
 * <p>If the other line has no traffic, its loss is unknown. It then receives a trial: a quarter of
 * the traffic, until the two can be distinguished. If both lose equally, as when the servers behind
 * them fail, the traffic stays and the pair is not compared again for ten minutes.
 */
@SuppressWarnings("ReferenceEquality") // lines are compared by identity
public final class LossRule {
  /** Standard deviations of the bounds: one comparison in 40 is wrong. */
  private static final double Z = 2;

  /** The minimum number of attempts of the line in use before its loss is compared. */
  private static final int MIN_ATTEMPTS = 50;

  /** The number of attempts after which a trial without a result has shown no difference. */
  private static final int MAX_TRIAL_ATTEMPTS = 400;

  private static final long MAX_TRIAL_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long RETRIAL_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final SwitchRules rules;

  /** Lines that did not lose fewer than the line in use, with the expiry of that result. */
  private final Map<Object, Long> equalUntil = new HashMap<>();

  private @Nullable Object trial;
  private @Nullable Object tried;
  private long trialSince;

  public LossRule(SwitchRules rules) {
    this.rules = rules;
  }

  /**
   * Evaluates the lines.
   *
   * @param pools the lines, preferred first
   * @param inUse the line with the most traffic, or null
   * @return the line to receive a trial, or null
   */
  public <L extends ComparedLine> @Nullable L evaluate(List<L> pools, @Nullable L inUse, long now) {
    if (pools.size() < 2 || rules.worseErrors() >= 1 || rules.riseNanos() == 0) {
      return null;
    }
    for (L pool : pools) {
      pool.sampleLoss(now);
    }
    equalUntil.entrySet().removeIf(entry -> entry.getValue() - now <= 0);
    if (inUse == null || !isLossy(inUse)) {
      trial = null;
      return null;
    }
    L other = other(pools, inUse);
    if (other == null) {
      trial = null;
      return null;
    }
    if (trial != other.identity() || tried != inUse.identity()) {
      trial = other.identity();
      tried = inUse.identity();
      trialSince = now;
    }
    LineLoss used = inUse.loss();
    LineLoss others = other.loss();
    if (others.upper(Z) + rules.worseErrors() < used.lower(Z)) {
      inUse.course().rollBackForLoss(now, cause(used, other));
      used.clear(); // its return is evaluated by later attempts only
      trial = null;
      return null;
    }
    boolean undecided =
        others.attempts() < MAX_TRIAL_ATTEMPTS
            && others.lower(Z) < used.rate()
            && now - trialSince < MAX_TRIAL_NANOS;
    if (undecided) {
      return other;
    }
    equalUntil.put(other.identity(), now + RETRIAL_NANOS);
    trial = null;
    return null;
  }

  private boolean isLossy(ComparedLine line) {
    return line.course().phase() == LineCourse.Phase.UP
        && line.loss().attempts() >= MIN_ATTEMPTS
        && line.loss().lower(Z) > rules.worseErrors();
  }

  /** Returns the line to compare with: one that is up and has capacity. */
  private <L extends ComparedLine> @Nullable L other(List<L> pools, L inUse) {
    for (L pool : pools) {
      if (pool != inUse
          && pool.course().phase() == LineCourse.Phase.UP
          && pool.hasCapacity()
          && !equalUntil.containsKey(pool.identity())) {
        return pool;
      }
    }
    return null;
  }

  private static String cause(LineLoss used, ComparedLine other) {
    return String.format(
        Locale.ROOT,
        "loss %.1f %%, line %s %.1f %%",
        100 * used.rate(),
        other.id(),
        100 * other.loss().rate());
  }
}
