package io.gatewaykit.failover;

import io.gatewaykit.failover.LineCourse.Phase;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which line of each priority leads where lines compete by latency; see {@link LineSwitcher} for
 * the rule. Not thread-safe: the single writer of the group's tables calls it.
 */
final class FastestLine {
  private static final long EVALUATION_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Over so many times {@code confirm} evaluations a small advantage must last. */
  private static final int LASTING = 15;

  private final LineSwitcher rules;
  private final Map<Integer, Race> races = new HashMap<>();

  FastestLine(LineSwitcher rules) {
    this.rules = rules;
  }

  /** The lines of one priority. */
  private static final class Race {
    @Nullable LineState<?> leader;
    final Map<LineState<?>, Double> lasting = new HashMap<>();
    @Nullable LineState<?> candidate;
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
  }

  /** Returns 0 for a leader and 1 for any other line. */
  int rank(LineState<?> line) {
    Race race = races.get(line.line.priority());
    return race != null && race.leader == line ? 0 : 1;
  }

  /** Looks at all lines; called at each rebuild, evaluates once a second. */
  <T> void evaluate(List<LinePool<T>> pools, long now, Function<LinePool<T>, Tally> tally) {
    races.keySet().removeIf(p -> pools.stream().noneMatch(pool -> pool.line.line.priority() == p));
    for (LinePool<T> pool : pools) {
      races.computeIfAbsent(pool.line.line.priority(), priority -> new Race());
    }
    races.forEach((priority, race) -> {
      List<LinePool<T>> lines =
          pools.stream().filter(pool -> pool.line.line.priority() == priority).toList();
      evaluate(race, lines, now, tally);
    });
  }

  private <T> void evaluate(
      Race race, List<LinePool<T>> lines, long now, Function<LinePool<T>, Tally> tally) {
    LinePool<T> leader = find(lines, race.leader);
    if (leader == null || leader.line.course.phase() == Phase.DOWN) {
      // The first one in order; when the leader fails, the fastest of those that can take over.
      LinePool<T> next = best(lines, now, null);
      if (next == null) {
        return;
      }
      race.leader = next.line;
      race.restart();
      return;
    }
    if (race.evaluated && now - race.evaluatedAt < EVALUATION_NANOS) {
      return;
    }
    lines.forEach(pool -> pool.line.speed.evaluate(now));
    race.evaluated = true;
    race.evaluatedAt = now;
    LinePool<T> lasting = lasting(race, lines, leader, now);
    LinePool<T> candidate = best(lines, now, leader);
    if (candidate != null && beats(candidate, leader, now)) {
      race.confirmed = race.candidate == candidate.line ? race.confirmed + 1 : 1;
      race.candidate = candidate.line;
    } else {
      race.candidate = null;
      race.confirmed = 0;
    }
    boolean dwelt = !race.switched || now - race.switchedAt >= rules.dwellNanos;
    LinePool<T> next = race.confirmed >= rules.confirm ? candidate : lasting;
    if (next != null && dwelt && !next.line.course.suppressed(now)) {
      lead(race, next, leader, now, tally);
    }
  }

  private <T> void lead(
      Race race,
      LinePool<T> next,
      LinePool<T> leader,
      long now,
      Function<LinePool<T>, Tally> tally) {
    String why =
        String.format(
            Locale.ROOT,
            "it is faster: %.1f ms, line %s %.1f ms",
            cost(next, leader, now) / 1e6,
            leader.line.line.id(),
            cost(leader, next, now) / 1e6);
    next.line.course.ramp(now, tally.apply(next), tally.apply(leader), why);
    race.leader = next.line;
    race.restart();
    race.switched = true;
    race.switchedAt = now;
  }

  /**
   * Returns a line whose advantage is small but lasts: without that a line left for a short
   * congestion would stay left for ever, if it is not better by the whole margin.
   */
  private <T> @Nullable LinePool<T> lasting(
      Race race, List<LinePool<T>> lines, LinePool<T> leader, long now) {
    LinePool<T> found = null;
    for (LinePool<T> pool : lines) {
      if (pool == leader || pool.line.course.phase() != Phase.UP) {
        continue;
      }
      double own = cost(pool, leader, now);
      double toBeat = cost(leader, pool, now);
      if (own >= 0 && toBeat >= 0) {
        double before = race.lasting.getOrDefault(pool.line, 0.0);
        double mean = before + (toBeat - own - before) / (LASTING * rules.confirm);
        race.lasting.put(pool.line, mean);
        found = mean > Math.max(rules.absoluteNanos, 1) ? pool : found;
      }
    }
    return found;
  }

  private static <T> @Nullable LinePool<T> find(
      List<LinePool<T>> lines, @Nullable LineState<?> one) {
    for (LinePool<T> pool : lines) {
      if (pool.line == one) {
        return pool;
      }
    }
    return null;
  }

  /** Returns the cheapest line that is up, other than this; one of unknown latency comes last. */
  private <T> @Nullable LinePool<T> best(
      List<LinePool<T>> lines, long now, @Nullable LinePool<T> leader) {
    LinePool<T> best = null;
    double least = Double.POSITIVE_INFINITY;
    for (LinePool<T> pool : lines) {
      if (pool == leader || pool.line.course.phase() != Phase.UP) {
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

  private <T> boolean beats(LinePool<T> candidate, LinePool<T> leader, long now) {
    double cost = cost(candidate, leader, now);
    double toBeat = cost(leader, candidate, now);
    return cost >= 0 && toBeat >= 0 && cost < toBeat * (1 - rules.margin) - rules.absoluteNanos;
  }

  /** Returns latency times price, by the kind of measurement that both lines have; -1: unknown. */
  private <T> double cost(LinePool<T> pool, LinePool<T> comparedWith, long now) {
    LineSpeed own = pool.line.speed;
    LineSpeed other = comparedWith.line.speed;
    double probes = own.probes(now, rules.minSamples, FRESH_NANOS);
    if (probes >= 0 && other.probes(now, rules.minSamples, FRESH_NANOS) >= 0) {
      return probes * pool.line.line.price();
    }
    double traffic = own.traffic(now, FRESH_NANOS);
    return traffic >= 0 && other.traffic(now, FRESH_NANOS) >= 0
        ? traffic * pool.line.line.price()
        : -1;
  }
}
