// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Loss as a reason to choose another line, simulated: 140 ms and lossy against 150 ms and clean.
 */
class LossyLineTest {
  private static final int PER_SECOND = 100;

  /** How a lost packet shows. */
  enum Kind {
    FAILS_AFTER_2_S,
    STALLS_230_MS
  }

  private record Attempt(long end, Lease<String> lease, Outcome outcome) {}

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final List<String> switches = new ArrayList<>();
  private final PriorityQueue<Attempt> open =
      new PriorityQueue<>(Comparator.comparingLong(Attempt::end));
  private final SplittableRandom random = new SplittableRandom(5);

  private FailoverGroup<String> group(boolean fastest) {
    LineSwitcher.Builder switcher = LineSwitcher.builder();
    if (fastest) {
      switcher.fastest();
    }
    return FailoverGroup.<String>builder("chat")
        .line(Line.of("direct", 0, Endpoint.of("d1", "d1"), Endpoint.of("d2", "d2")))
        .line(Line.of("relay", fastest ? 0 : 1, Endpoint.of("r1", "r1")))
        .ticker(ticker)
        .lines(
            LinePolicy.builder()
                .switcher(switcher.build())
                .probeTraffic(fastest ? 0.01 : 0)
                .build())
        .endpoints(EndpointPolicy.builder().maxFails(20).build())
        .seed(3)
        .listener(
            new FailoverListener() {
              @Override
              public void onSwitch(LineSwitchEvent event) {
                switches.add(event.from() + ">" + event.to() + ": " + event.cause());
              }
            })
        .build();
  }

  /** Sends requests for some seconds; returns the fraction that the relay got. */
  private double run(
      FailoverGroup<String> group, int seconds, double directLoss, double relayLoss, Kind kind) {
    int relay = 0;
    int all = seconds * PER_SECOND;
    for (int i = 0; i < all; i++) {
      ticker.advanceNanos(1_000_000_000L / PER_SECOND);
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      boolean direct = lease.line().equals("direct");
      relay += direct ? 0 : 1;
      double millis = (direct ? 140 : 150) * (0.95 + 0.1 * random.nextDouble());
      Outcome outcome = Outcome.SUCCESS;
      if (random.nextDouble() < (direct ? directLoss : relayLoss)) {
        if (kind == Kind.FAILS_AFTER_2_S) {
          millis = 2000;
          outcome = Outcome.TIMEOUT;
        } else {
          millis += 230;
        }
      }
      open.add(new Attempt(ticker.read() + (long) (millis * 1e6), lease, outcome));
      while (!open.isEmpty() && open.peek().end() <= ticker.read()) {
        Attempt attempt = open.remove();
        attempt.lease().end(attempt.outcome(), 0);
      }
    }
    return (double) relay / all;
  }

  @ParameterizedTest
  @CsvSource({
    "false, FAILS_AFTER_2_S",
    "false, STALLS_230_MS",
    "true, FAILS_AFTER_2_S",
    "true, STALLS_230_MS"
  })
  void tenPercentLost_relayGetsTheTrafficWithinThirtySeconds(boolean fastest, Kind kind) {
    try (FailoverGroup<String> group = group(fastest)) {
      double before = run(group, 300, 0, 0, kind);
      assertThat(before).isLessThan(0.02);
      run(group, 30, 0.1, 0, kind);
      double after = run(group, 570, 0.1, 0, kind);
      assertThat(after).as("%s", switches).isGreaterThan(fastest ? 0.985 : 0.99);
      String explained = group.explain(new SelectContext()).toString();
      assertThat(explained).containsPattern("loss \\d+\\.\\d %");
    }
  }

  @Test
  void lossFromTheStart_relayGetsTheTrafficWithinThirtySeconds() {
    try (FailoverGroup<String> group = group(false)) {
      run(group, 30, 0.1, 0, Kind.FAILS_AFTER_2_S);
      assertThat(run(group, 570, 0.1, 0, Kind.FAILS_AFTER_2_S)).isGreaterThan(0.99);
    }
  }

  @Test
  void lossEnds_directLineIsUsedAgain() {
    try (FailoverGroup<String> group = group(false)) {
      run(group, 60, 0.1, 0, Kind.FAILS_AFTER_2_S);
      run(group, 400, 0, 0, Kind.FAILS_AFTER_2_S);
      assertThat(run(group, 60, 0, 0, Kind.FAILS_AFTER_2_S)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 0, FAILS_AFTER_2_S",
    "false, 0.01, FAILS_AFTER_2_S",
    "false, 0.1, FAILS_AFTER_2_S",
    "false, 0.1, STALLS_230_MS",
    "true, 0.1, FAILS_AFTER_2_S",
    "true, 0.1, STALLS_230_MS"
  })
  void equalLines_switchAtMostOnceInTenMinutes(boolean fastest, double loss, Kind kind) {
    try (FailoverGroup<String> group = group(fastest)) {
      run(group, 600, loss, loss, kind);
      assertThat(switches).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void relayIsWorse_trafficStays() {
    try (FailoverGroup<String> group = group(false)) {
      double relay = run(group, 600, 0.1, 0.3, Kind.FAILS_AFTER_2_S);
      assertThat(relay).as("the trial's cost").isLessThan(0.01);
      assertThat(switches).isEmpty();
    }
  }

  @Test
  void fewRequests_chanceDecidesNothing() {
    try (FailoverGroup<String> group = group(false)) {
      for (int i = 0; i < 2000; i++) {
        ticker.advance(Duration.ofMillis(500));
        Lease<String> lease = requireNonNull(group.select(new SelectContext()));
        assertThat(lease.line()).isEqualTo("direct");
        lease.end(random.nextDouble() < 0.01 ? Outcome.FAILURE : Outcome.SUCCESS, 0);
      }
    }
  }
}
