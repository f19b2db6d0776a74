// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.SelectContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Six hours of three lines, of 150, 157 and 244 ms with noise: each hour the first is congested for
 * ten minutes (80 ms more), and once it flaps for eight minutes, 20 s down and 20 s up. Each line
 * is probed once a second.
 */
final class SixHours {
  static final int SECONDS = 6 * 3600;
  static final int STORM_AT = 8400;
  static final int STORM_SECONDS = 480;
  private static final double[] BASE_MILLIS = {150, 157, 244};

  /** The result of a rule. */
  record Result(
      int switches,
      int stormSwitches,
      double excessMillis,
      int deadSeconds,
      List<Integer> active) {}

  private final Seeded random = new Seeded(1010);
  private final double[] noise = new double[3];

  /** A rule that selects a line once a second. */
  interface Rule {
    /** Returns the line to use, given the latencies measured by probes; -1 means no response. */
    int decide(int second, double[] measuredMillis);
  }

  static boolean up(int line, int second) {
    int inStorm = second - STORM_AT;
    return line != 0 || inStorm < 0 || inStorm >= STORM_SECONDS || inStorm / 20 % 2 == 1;
  }

  Result run(Rule rule) {
    var active = new int[SECONDS];
    int switches = 0;
    int storm = 0;
    int dead = 0;
    double excess = 0;
    for (int second = 0; second < SECONDS; second++) {
      var millis = new double[3];
      var measured = new double[3];
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        // Slow noise of the path, and fast noise of a probe.
        noise[i] = 0.98 * noise[i] + (random.nextDouble() - 0.5) * 4;
        boolean congested = i == 0 && second % 3600 >= 1800 && second % 3600 < 2400;
        millis[i] = BASE_MILLIS[i] + noise[i] + (congested ? 80 : 0);
        measured[i] = up(i, second) ? millis[i] + random.nextDouble() * 10 - 5 : -1;
        best = up(i, second) ? Math.min(best, millis[i]) : best;
      }
      int line = rule.decide(second, measured);
      active[second] = line;
      if (second > 0 && line != active[second - 1]) {
        switches++;
        storm += second >= STORM_AT && second < STORM_AT + STORM_SECONDS + 120 ? 1 : 0;
      }
      if (up(line, second)) {
        excess += millis[line] - best;
      } else {
        dead++;
      }
    }
    return new Result(
        switches, storm, excess / SECONDS, dead, Arrays.stream(active).boxed().toList());
  }

  /** A rule without damping: the line with the lowest smoothed latency. */
  static Rule lowestEwma() {
    var ewma = new double[] {-1, -1, -1};
    return (second, measured) -> {
      int best = 0;
      double least = Double.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        if (measured[i] >= 0) {
          ewma[i] = ewma[i] < 0 ? measured[i] : ewma[i] + 0.2 * (measured[i] - ewma[i]);
          if (ewma[i] < least) {
            least = ewma[i];
            best = i;
          }
        }
      }
      return best;
    };
  }

  /**
   * A failover group with the defaults for lines that compete by latency; a line that is down is
   * reported as unhealthy.
   */
  static Rule ours() {
    var ticker = new ManualTicker();
    var listeners = new ArrayList<HealthChangeListener>();
    var health = new Health[] {Health.HEALTHY, Health.HEALTHY, Health.HEALTHY};
    HealthSignal signal =
        new HealthSignal() {
          @Override
          public Health health(String endpointId) {
            return health[Integer.parseInt(endpointId)];
          }

          @Override
          public Subscription subscribe(HealthChangeListener listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
          }
        };
    FailoverGroup<Integer> group =
        FailoverGroup.<Integer>builder("lines")
            .line(Line.of("l0", 0, Endpoint.of("0", 0)))
            .line(Line.of("l1", 0, Endpoint.of("1", 1)))
            .line(Line.of("l2", 0, Endpoint.of("2", 2)))
            .lines(LinePolicy.builder().switcher(LineSwitcher.builder().fastest().build()).build())
            .health(signal)
            .ticker(ticker)
            .seed(5)
            .build();
    return (second, measured) -> {
      ticker.advanceNanos(1_000_000_000L);
      for (int i = 0; i < 3; i++) {
        Health now = measured[i] < 0 ? Health.UNHEALTHY : Health.HEALTHY;
        if (health[i] != now) {
          health[i] = now;
          String id = Integer.toString(i);
          List.copyOf(listeners).forEach(listener -> listener.onHealth(id, now));
        }
        if (measured[i] >= 0) {
          group.observeProbe(Integer.toString(i), (long) (measured[i] * 1e6));
        }
      }
      Lease<Integer> lease = requireNonNull(group.select(new SelectContext()));
      lease.close();
      return Integer.parseInt(group.snapshot().activeLine().substring(1));
    };
  }

  /** One failure of the better line: its share of the traffic, second by second. */
  static double[] failback(LineSwitcher switcher, int seconds, int downAt, int upAt) {
    var ticker = new ManualTicker();
    var down = new boolean[1];
    HealthSignal signal =
        new HealthSignal() {
          @Override
          public Health health(String endpointId) {
            return down[0] && endpointId.equals("main0") ? Health.UNHEALTHY : Health.HEALTHY;
          }

          @Override
          public Subscription subscribe(HealthChangeListener listener) {
            return () -> {};
          }
        };
    FailoverGroup<String> group =
        FailoverGroup.<String>builder("lines")
            .line(Line.of("main", 0, Endpoint.of("main0", "main0")))
            .line(Line.of("backup", 1, Endpoint.of("backup0", "backup0")))
            .lines(LinePolicy.builder().switcher(switcher).build())
            .health(signal)
            .ticker(ticker)
            .seed(5)
            .build();
    var shares = new double[seconds];
    for (int second = 0; second < seconds; second++) {
      down[0] = second >= downAt && second < upAt;
      ticker.advanceNanos(1_000_000_000L);
      shares[second] =
          group.snapshot().lines().stream()
              .filter(line -> line.id().equals("main"))
              .mapToDouble(LineView::share)
              .sum();
    }
    return shares;
  }
}
