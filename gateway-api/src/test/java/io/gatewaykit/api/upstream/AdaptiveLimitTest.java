// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

class AdaptiveLimitTest {
  private static final double DEADLINE = 0.2;

  /** A called service: a number of workers, each with a service time. Further calls queue there. */
  private record Phase(double until, int workers, double service) {}

  private static final Phase[] PHASES = {
    new Phase(40, 32, 0.010), new Phase(80, 8, 0.040), new Phase(120, 32, 0.010),
  };

  private record Call(double ends, double started, int inFlight) {}

  /** Returns the responses per second within the deadline, by phase. */
  private static double[] goodput(IntSupplier limit, Feedback feedback, double offered) {
    var random = new SplittableRandom(3);
    var inFlight = new PriorityQueue<Call>((a, b) -> Double.compare(a.ends(), b.ends()));
    var free = new PriorityQueue<Double>(); // when each worker is free
    var inTime = new double[PHASES.length];
    int phase = -1;
    double now = 0;
    while (true) {
      now += -Math.log(1 - random.nextDouble()) / offered;
      if (phase < 0 || now > PHASES[phase].until()) {
        phase++;
        if (phase == PHASES.length) {
          break;
        }
        double busiest = free.stream().mapToDouble(at -> at).max().orElse(now);
        free.clear();
        for (int i = 0; i < PHASES[phase].workers(); i++) {
          free.add(Math.max(now, Math.min(busiest, now + 0.01)));
        }
      }
      while (!inFlight.isEmpty() && inFlight.peek().ends() <= now) {
        Call call = inFlight.poll();
        double latency = call.ends() - call.started();
        inTime[phase] += latency <= DEADLINE ? 1 : 0;
        feedback.ended((long) (latency * 1e9), call.inFlight());
      }
      if (inFlight.size() < limit.getAsInt()) {
        double begins = Math.max(now, free.poll());
        double service = PHASES[phase].service() * (0.5 + random.nextDouble());
        free.add(begins + service);
        inFlight.add(new Call(begins + service, now, inFlight.size() + 1));
      }
    }
    for (int i = 0; i < PHASES.length; i++) {
      inTime[i] /= PHASES[i].until() - (i == 0 ? 0 : PHASES[i - 1].until());
    }
    return inTime;
  }

  private interface Feedback {
    void ended(long latencyNanos, int inFlight);
  }

  private static double sum(double[] phases) {
    double sum = 0;
    for (double phase : phases) {
      sum += phase;
    }
    return sum;
  }

  /** With a capacity of 3200 calls per second, then 200, then 3200, no fixed limit is optimal. */
  @Test
  void limit_stepInServiceTime_beatsEveryFixedLimit() {
    var adaptive = AdaptiveLimit.between(10, 1, 1000);
    double[] own = goodput(adaptive::limit, adaptive::onCompleted, 5000);
    assertThat(own[0]).isGreaterThan(0.85 * 3200);
    assertThat(own[1]).isGreaterThan(0.75 * 200);
    assertThat(own[2]).isGreaterThan(0.85 * 3200);
    double least = lowestShare(own);
    for (int fixed : new int[] {4, 8, 16, 32, 64, 128, 256}) {
      double[] other = goodput(() -> fixed, (latency, inFlight) -> {}, 5000);
      assertThat(least)
          .as("share of the possible throughput, fixed %s", fixed)
          .isGreaterThan(lowestShare(other));
    }
    assertThat(sum(own)).isPositive();
  }

  /** Returns the lowest share of the capacity that was used in any phase. */
  private static double lowestShare(double[] goodput) {
    double least = 1;
    for (int i = 0; i < PHASES.length; i++) {
      least = Math.min(least, goodput[i] * PHASES[i].service() / PHASES[i].workers());
    }
    return least;
  }

  @Test
  void limit_idleWindows_doNotRaiseIt() {
    var limit = AdaptiveLimit.between(100, 1, 1000);
    for (int i = 0; i < 10_000; i++) {
      limit.onCompleted(1_000_000, 5);
    }
    assertThat(limit.limit()).isEqualTo(100);
  }

  @Test
  void limit_dropped_decreasesByATenthOncePerWindow() {
    var limit = AdaptiveLimit.between(100, 10, 1000);
    for (int i = 0; i < 50; i++) {
      limit.onDropped(100);
    }
    assertThat(limit.limit()).isEqualTo(90);
  }

  @Test
  void limit_staysWithinItsBounds() {
    var limit = AdaptiveLimit.between(5, 2, 8);
    int largest = 0;
    for (int i = 0; i < 5000; i++) {
      limit.onCompleted(1000, limit.limit());
      assertThat(limit.limit()).isBetween(2, 8);
      largest = Math.max(largest, limit.limit());
    }
    assertThat(largest).isEqualTo(8);
    for (int i = 0; i < 1000; i++) {
      limit.onCompleted(1_000_000 * (i + 1L), 8);
    }
    assertThat(limit.limit()).isBetween(2, 8);
    assertThatThrownBy(() -> AdaptiveLimit.between(5, 6, 8))
        .hasMessage("initial: 5 (expected: 6..8)");
    assertThatThrownBy(() -> AdaptiveLimit.between(6, 6, 8, 0.5))
        .hasMessage("tolerance: 0.5 (expected: 1..10)");
  }
}
