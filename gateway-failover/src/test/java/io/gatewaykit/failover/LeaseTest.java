// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.Misuse;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Misuse and leaks of leases, and leases of long-lived connections. */
@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class LeaseTest {
  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final FailoverGroup<String> group = builder().build();

  private FailoverGroupBuilder<String> builder() {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("first", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
        .line(Line.of("second", 1, Endpoint.of("b", "B")))
        .lines(LinePolicy.builder().overprovision(1000).build())
        .ticker(ticker)
        .endpoints(EndpointPolicy.builder().leakDetectionSampling(1).build())
        .scheduler(scheduler);
  }

  private Lease<String> lease() {
    return requireNonNull(group.begin(true).next());
  }

  private Traffic traffic() {
    return group.snapshot().lines().get(0).traffic();
  }

  @DisplayName(
      "R-95: of repeated reports the first is recorded, and the others are counted as misuse")
  @Test
  void repeatedReports_areCountedAsMisuse() throws Exception {
    Lease<String> lease = lease();
    lease.succeed(200);
    lease.end(Outcome.FAILURE, 500);
    lease.close(); // closing after a report is not misuse
    var elsewhere = new Thread(lease::close);
    elsewhere.start();
    elsewhere.join();
    group.close();
    Lease<String> late = lease;
    late.pushBack(Duration.ofSeconds(1), 503);

    assertThat(traffic().successes()).isEqualTo(1);
    assertThat(traffic().failures()).isZero();
    assertThat(traffic().inFlight()).isZero();
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(3, 0));
  }

  @DisplayName("R-95: a leaked lease is detected, counted and ended")
  @Test
  void leakedLease_isDetectedCountedAndEnded() {
    leak();

    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> {
          System.gc();
          assertThat(group.snapshot().misuse().leakedLeases()).isEqualTo(1);
        });
    assertThat(traffic().inFlight()).isZero();
  }

  private void leak() {
    Lease<String> lost = lease();
    assertThat(lost.line()).isEqualTo("first");
  }

  @DisplayName("R-91: a lease can be ended after its endpoint was removed")
  @Test
  void end_afterTheEndpointWasRemoved_isSafe() {
    Lease<String> lease = lease();
    group.update(List.of(Line.of("second", 1, Endpoint.of("b", "B"))));
    lease.succeed(200);

    assertThat(group.snapshot().lines()).singleElement().matches(l -> l.traffic().inFlight() == 0);
  }

  @DisplayName("R-53: long polls and connections do not affect latency")
  @Test
  void longPollAndConnection_doNotAffectLatency() {
    Lease<String> poll = lease();
    poll.longLived();
    Lease<String> socket = lease();
    socket.asConnection(left -> {});
    ticker.advance(Duration.ofSeconds(30));
    poll.succeed(200);
    socket.succeed(101);

    assertThat(traffic().successes()).isEqualTo(2);
    assertThat(traffic().p95Nanos()).as("no latency recorded").isEqualTo(-1);
    assertThat(traffic().inFlight()).isZero();
  }

  @Test
  void responseStarted_endsTheLatencyMeasurement() {
    Lease<String> download = lease();
    ticker.advance(Duration.ofMillis(10));
    download.responseStarted();
    ticker.advance(Duration.ofSeconds(50));
    download.responseStarted();
    download.succeed(200);

    assertThat((double) traffic().p50Nanos()).isBetween(9.4e6, 10.6e6);
  }

  // Drain

  private final List<String> notified = new ArrayList<>();
  private final Map<String, Lease<String>> open = new HashMap<>();

  private void connect(String name) {
    Lease<String> lease = lease();
    open.put(name, lease);
    lease.asConnection(
        new Lease.Connection() {
          @Override
          public void onDrain(Duration left) {
            notified.add(name);
          }

          @Override
          public void onDeadline() {
            notified.add(name + "!");
            requireNonNull(open.get(name)).close();
          }
        });
  }

  @DisplayName("R-92: drain stops new leases immediately, paces callbacks and has a deadline")
  @Test
  void drain_stopsNewLeases_pacesCallbacks_hasADeadline() {
    for (int i = 0; i < 20; i++) {
      connect("c" + i);
    }
    CompletableFuture<Integer> drained = group.drain("first", Duration.ofSeconds(60), 1);
    for (int i = 0; i < 10; i++) {
      Lease<String> lease = lease();
      assertThat(lease.line()).isEqualTo("second");
      lease.close();
    }
    assertThat(notified).as("the first immediately").hasSize(1);
    scheduler.advance(Duration.ofSeconds(10));
    assertThat(notified.size()).as("one per second, with jitter").isBetween(6, 21);
    scheduler.advance(Duration.ofSeconds(49));
    assertThat(notified)
        .as("all are notified in time, each once")
        .hasSize(20)
        .doesNotHaveDuplicates();
    for (int i = 0; i < 17; i++) {
      requireNonNull(open.get("c" + i)).close();
    }
    assertThat(drained).isNotDone();
    scheduler.advance(Duration.ofSeconds(1));

    assertThat(drained).isCompletedWithValue(3);
    assertThat(notified).contains("c17!", "c18!", "c19!").hasSize(23);
    assertThat(traffic().inFlight()).isZero();
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void drain_shortTime_exceedsThePace() {
    for (int i = 0; i < 100; i++) {
      connect("c" + i);
    }
    group.drain("first", Duration.ofSeconds(10), 1);
    scheduler.advance(Duration.ofMillis(9990));

    assertThat(notified).hasSizeGreaterThan(90);
  }

  @Test
  void drain_allClosed_completesEarly_undrainReadmits() {
    connect("only");
    String id = requireNonNull(open.get("only")).endpoint().id();
    CompletableFuture<Integer> drained = group.drain(id, Duration.ofMinutes(10), 10);
    requireNonNull(open.get("only")).close();
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(drained).isCompletedWithValue(0);
    group.undrain(id);
    var picked = new ArrayList<String>();
    for (int i = 0; i < 6; i++) {
      try (Lease<String> lease = lease()) {
        picked.add(lease.endpoint().id());
      }
    }

    assertThat(picked).contains(id);
  }

  @Test
  void undrain_endsTheDrain() {
    connect("stays");
    connect("stays too");
    CompletableFuture<Integer> drained = group.drain("first", Duration.ofMinutes(1), 0.1);
    group.undrain("first");
    scheduler.advance(Duration.ofMinutes(2));

    assertThat(drained).isCancelled();
    assertThat(notified).hasSize(1);
  }

  @DisplayName("R-46: rebalanceConnections notifies connections but does not exclude the line")
  @Test
  void moveConnections_notifiesButDoesNotExcludeTheLine() {
    connect("one");
    CompletableFuture<Integer> moved =
        group.rebalanceConnections("first", Duration.ofMinutes(1), 5);

    assertThat(notified).containsExactly("one");
    assertThat(moved).isNotDone();
    try (Lease<String> lease = lease()) {
      assertThat(lease.line()).isEqualTo("first");
    }
  }

  @Test
  void close_cancelsDrains() {
    connect("one");
    CompletableFuture<Integer> drained = group.drain("first", Duration.ofMinutes(1), 5);
    group.close();

    assertThat(drained).isCancelled();
  }

  @Test
  void drain_invalidArguments_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> group.drain("nobody", Duration.ofSeconds(1), 1))
        .withMessage("id: \"nobody\" (expected: an endpoint or a line)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> group.drain("first", Duration.ZERO, 1))
        .withMessageContaining("within: PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> group.drain("first", Duration.ofSeconds(1), 0))
        .withMessage("perSecond: 0.0 (expected: > 0, at most 1000000)");
  }
}
