// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import io.gatewaykit.failover.internal.line.LineCourse.Phase;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the leading line of each priority if lines compete by latency; see {@code LineSwitcher}
 * for the rule. Not thread-safe: called by the single writer of the group's selection tables.
 */
@SuppressWarnings("ReferenceEquality") // lines are compared by identity
public final class FastestLine {
  private static final Logger log = LoggerFactory.getLogger(FastestLine.class);

  private static final long EVALUATION_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The number of evaluations, one per second, before a line without measurements is reported. */
  private static final int WARN_AFTER = 120;

  /** A small advantage must last for this multiple of {@code confirm} evaluations. */
  private static final int LASTING_FACTOR = 15;

  private final SwitchRules rules;
  private final Map<Integer, Race> races = new HashMap<>();

  public FastestLine(SwitchRules rules) {
    this.rules = rules;
  }

  /** The lines of one priority. */
  private static final class Race {
    @Nullable Object leader;
    final Map<Object, Double> lasting = new HashMap<>();
    @Nullable Object candidate;
    int confirmed;

    void restart() {
      lasting.clear();
      candidate = null;
      confirmed = 0;
    }

    long switchedAt;
    long evaluatedAt;
    boolean switched;
    boolean evaluated;
    int evaluations;
    boolean warned;
  }

  /** Returns 0 for a leader and 1 for any other line. */
  public int rank(ComparedLine line) {
    Race race = races.get(line.priority());
    return race != null && race.leader == line.identity() ? 0 : 1;
  }

  /** Evaluates all lines once a second; called at each rebuild. */
  public void evaluate(List<? extends ComparedLine> pools, long now) {
    races.keySet().removeIf(p -> pools.stream().noneMatch(pool -> pool.priority() == p));
    for (ComparedLine pool : pools) {
      races.computeIfAbsent(pool.priority(), priority -> new Race());
    }
    races.forEach((priority, race) -> {
      List<? extends ComparedLine> lines =
          pools.stream().filter(pool -> pool.priority() == priority).toList();
      evaluate(race, lines, now);
    });
  }

  private void evaluate(Race race, List<? extends ComparedLine> lines, long now) {
    ComparedLine leader = find(lines, race.leader);
    if (leader == null || leader.course().phase() == Phase.DOWN) {
      // Initially the first line in order; after a failure of the leader, the fastest available.
      ComparedLine next = best(lines, now, null);
      if (next == null) {
        return;
      }
      race.leader = next.identity();
      race.restart();
      return;
    }
    if (race.evaluated && now - race.evaluatedAt < EVALUATION_NANOS) {
      return;
    }
    lines.forEach(pool -> pool.speed().evaluate(now));
    race.evaluated = true;
    warnIfNeverMeasured(race, lines, leader, now);
    race.evaluatedAt = now;
    ComparedLine lasting = lasting(race, lines, leader, now);
    ComparedLine candidate = best(lines, now, leader);
    if (candidate != null && beats(candidate, leader, now)) {
      race.confirmed = race.candidate == candidate.identity() ? race.confirmed + 1 : 1;
      race.candidate = candidate.identity();
    } else {
      race.candidate = null;
      race.confirmed = 0;
    }
    boolean dwelt = !race.switched || now - race.switchedAt >= rules.dwellNanos();
    ComparedLine next = race.confirmed >= rules.confirm() ? candidate : lasting;
    if (next != null && dwelt && !next.course().suppressed(now)) {
      lead(race, next, leader, now);
    }
  }

  /** Logs once that a line can never take over, because its latency is never measured. */
  private void warnIfNeverMeasured(
      Race race, List<? extends ComparedLine> lines, ComparedLine leader, long now) {
    if (race.warned || ++race.evaluations < WARN_AFTER || cost(leader, leader, now) < 0) {
      return;
    }
    for (ComparedLine pool : lines) {
      LineSpeed speed = pool.speed();
      if (pool != leader && pool.course().phase() == Phase.UP && !speed.isMeasured()) {
        race.warned = true;
        log.warn(
            "line {}: no latency recorded, cannot take over from line {} (set"
                + " probeTraffic, or let the health signal or observeProbe report probes)",
            pool.id(),
            leader.id());
      }
    }
  }

  private void lead(Race race, ComparedLine next, ComparedLine leader, long now) {
    String why =
        String.format(
            Locale.ROOT,
            "lower latency: %.1f ms, line %s %.1f ms",
            cost(next, leader, now) / 1e6,
            leader.id(),
            cost(leader, next, now) / 1e6);
    next.course().ramp(now, next.tally(now), leader.tally(now), why);
    race.leader = next.identity();
    race.restart();
    race.switched = true;
    race.switchedAt = now;
  }

  /**
   * Returns a line with a small but lasting advantage. Without this rule, a line that lost its
   * traffic because of a short congestion would not regain it unless it were faster by the full
   * margin.
   */
  private @Nullable ComparedLine lasting(
      Race race, List<? extends ComparedLine> lines, ComparedLine leader, long now) {
    ComparedLine found = null;
    for (ComparedLine pool : lines) {
      if (pool == leader || pool.course().phase() != Phase.UP) {
        continue;
      }
      double own = cost(pool, leader, now);
      double toBeat = cost(leader, pool, now);
      if (own >= 0 && toBeat >= 0) {
        double before = race.lasting.getOrDefault(pool.identity(), 0.0);
        double mean = before + (toBeat - own - before) / (LASTING_FACTOR * rules.confirm());
        race.lasting.put(pool.identity(), mean);
        found = mean > Math.max(rules.absoluteNanos(), 1) ? pool : found;
      }
    }
    return found;
  }

  private static @Nullable ComparedLine find(
      List<? extends ComparedLine> lines, @Nullable Object one) {
    for (ComparedLine pool : lines) {
      if (pool.identity() == one) {
        return pool;
      }
    }
    return null;
  }

  /**
   * Returns the line with the lowest cost among those that are up, other than {@code leader};
   * unknown latency ranks last.
   */
  private @Nullable ComparedLine best(
      List<? extends ComparedLine> lines, long now, @Nullable ComparedLine leader) {
    ComparedLine best = null;
    double least = Double.POSITIVE_INFINITY;
    for (ComparedLine pool : lines) {
      if (pool == leader || pool.course().phase() != Phase.UP) {
        continue;
      }
      double cost = cost(pool, leader == null ? pool : leader, now);
      double comparable = cost < 0 ? Double.MAX_VALUE : cost;
      if (comparable < least) {
        best = pool;
        least = comparable;
      }
    }
    return best;
  }

  private boolean beats(ComparedLine candidate, ComparedLine leader, long now) {
    double cost = cost(candidate, leader, now);
    double toBeat = cost(leader, candidate, now);
    return cost >= 0 && toBeat >= 0 && cost < toBeat * (1 - rules.margin()) - rules.absoluteNanos();
  }

  /** Returns latency times price, by a kind of measurement that both lines have; -1: unknown. */
  private double cost(ComparedLine pool, ComparedLine comparedWith, long now) {
    LineSpeed own = pool.speed();
    LineSpeed other = comparedWith.speed();
    double probes = own.probes(now, rules.minSamples(), FRESH_NANOS);
    if (probes >= 0 && other.probes(now, rules.minSamples(), FRESH_NANOS) >= 0) {
      return probes * pool.price();
    }
    double traffic = own.traffic(now, FRESH_NANOS);
    return traffic >= 0 && other.traffic(now, FRESH_NANOS) >= 0 ? traffic * pool.price() : -1;
  }
}
