// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Drains during discovery updates, during handshakes, and of many connections. */
@SuppressWarnings("FutureReturnValueIgnored") // drains are observed by their effects
class ConnectionDrainTest {
  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<String> notified = new ArrayList<>();

  private static final Endpoint<String> A1 = Endpoint.of("a1", "a1");
  private static final Endpoint<String> A2 = Endpoint.of("a2", "a2");
  private static final Endpoint<String> A3 = Endpoint.of("a3", "a3");
  private static final Line<String> B = Line.of("b", 1, Endpoint.of("b1", "b1"));

  private FailoverGroupBuilder<String> builder() {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("a", 0, A1, A2))
        .line(B)
        .lines(LinePolicy.builder().switcher(LineSwitcher.immediate()).overprovision(1000).build())
        .ticker(ticker)
        .scheduler(scheduler);
  }

  private Lease<String> connect(FailoverGroup<String> group) {
    Lease<String> lease = requireNonNull(group.select(new SelectContext()));
    lease.asConnection(left -> notified.add(lease.payload()));
    return lease;
  }

  private Set<String> picks(FailoverGroup<String> group) {
    var picks = new TreeSet<String>();
    for (int i = 0; i < 30; i++) {
      try (Lease<String> lease = requireNonNull(group.select(new SelectContext()))) {
        picks.add(lease.payload());
      }
      ticker.advance(Duration.ofSeconds(2));
    }
    return picks;
  }

  @Test
  void drainOfAnEndpoint_survivesRemovalAndReturn() {
    try (FailoverGroup<String> group = builder().build()) {
      group.drain("a1", Duration.ofSeconds(1), 10);
      group.update(List.of(Line.of("a", 0, A2), B));
      group.update(List.of(Line.of("a", 0, A1, A2), B));
      assertThat(picks(group)).containsExactly("a2");
      group.undrain("a1");
      assertThat(picks(group)).containsExactly("a1", "a2");
    }
  }

  @Test
  void drainOfALine_survivesTheRemovalAndReturnOfTheLine() {
    try (FailoverGroup<String> group = builder().build()) {
      connect(group);
      group.drain("a", Duration.ofSeconds(1), 10);
      group.update(List.of(B));
      assertThat(picks(group)).containsExactly("b1");
      group.update(List.of(Line.of("a", 0, A1, A2), B));
      assertThat(picks(group)).as("endpoints with and without leases").containsExactly("b1");
      group.undrain("a");
      assertThat(picks(group)).containsExactly("a1", "a2");
    }
  }

  @Test
  void undrainOfALine_whileTheLineIsRemoved_appliesToItsReturn() {
    try (FailoverGroup<String> group = builder().build()) {
      group.drain("a", Duration.ofSeconds(1), 10);
      group.update(List.of(B));
      group.undrain("a");
      group.update(List.of(Line.of("a", 0, A1, A2), B));
      assertThat(picks(group)).containsExactly("a1", "a2");
    }
  }

  @Test
  void drainOfALine_appliesToEndpointsAddedLater() {
    try (FailoverGroup<String> group = builder().build()) {
      group.drain("a", Duration.ofSeconds(1), 10);
      group.update(List.of(Line.of("a", 0, A1, A2, A3), B));
      assertThat(picks(group)).containsExactly("b1");
      group.undrain("a3");
      assertThat(picks(group)).as("excepted from the drain of its line").containsExactly("a3");
      group.update(List.of(Line.of("a", 0, A1, A3), B));
      assertThat(picks(group)).containsExactly("a3");
      group.undrain("a");
      assertThat(picks(group)).containsExactly("a1", "a3");
    }
  }

  @Test
  void undrain_whileTheEndpointIsRemoved_takesEffect() {
    try (FailoverGroup<String> group = builder().build()) {
      group.drain("a1", Duration.ofSeconds(1), 10);
      group.update(List.of(Line.of("a", 0, A2), B));
      group.undrain("a1");
      group.update(List.of(Line.of("a", 0, A1, A2), B));
      assertThat(picks(group)).containsExactly("a1", "a2");
      assertThatIllegalArgumentException().isThrownBy(() -> group.undrain("a9"));
    }
  }

  @Test
  void removedEndpoint_itsConnectionsAreShownAndCanBeDrained() {
    try (FailoverGroup<String> group = builder().build()) {
      var leases = new ArrayList<Lease<String>>();
      for (int i = 0; i < 20; i++) {
        leases.add(connect(group));
      }
      group.update(List.of(Line.of("a", 0, A2), B));
      var removed = group.snapshot().lines().get(0).endpoints().get(1);
      assertThat(removed.id()).isEqualTo("a1");
      assertThat(removed.state()).isEqualTo(EndpointStatus.REMOVED);
      assertThat(removed.inFlight()).isEqualTo(10);
      CompletableFuture<Integer> drained = group.drain("a1", Duration.ofSeconds(10), 100);
      scheduler.advance(Duration.ofSeconds(9));
      assertThat(notified).hasSize(10).containsOnly("a1");
      leases.forEach(Lease::close);
      scheduler.advance(Duration.ofSeconds(1));
      assertThat(drained).isCompletedWithValue(0);
      assertThat(group.snapshot().lines().get(0).endpoints()).hasSize(1);
    }
  }

  @Test
  void removedEndpoint_drainWhenDown_notifiesItsConnections() {
    try (FailoverGroup<String> group =
        builder()
            .endpoints(
                EndpointPolicy.builder()
                    .drainOnUnhealthy(new Draining(Duration.ofSeconds(20), 1))
                    .build())
            .build()) {
      for (int i = 0; i < 20; i++) {
        connect(group);
      }
      group.update(List.of(Line.of("a", 0, A2), B));
      scheduler.advance(Duration.ofSeconds(21));
      assertThat(notified).hasSize(10).containsOnly("a1");
    }
  }

  @Test
  void removedEndpoint_returns_retainsItsRemainingConnections() {
    try (FailoverGroup<String> group =
        builder()
            .endpoints(
                EndpointPolicy.builder()
                    .drainOnUnhealthy(new Draining(Duration.ofSeconds(100), 0.1))
                    .build())
            .build()) {
      for (int i = 0; i < 20; i++) {
        connect(group);
      }
      group.update(List.of(Line.of("a", 0, A2), B));
      scheduler.advance(Duration.ofSeconds(20));
      assertThat(notified).hasSizeBetween(1, 5);
      group.update(List.of(Line.of("a", 0, A1, A2), B));
      notified.clear();
      scheduler.advance(Duration.ofSeconds(200));
      assertThat(notified).isEmpty();
      assertThat(group.snapshot().lines().get(0).endpoints().get(0).inFlight()).isEqualTo(10);
      group.drain("a1", Duration.ofSeconds(10), 100);
      scheduler.advance(Duration.ofSeconds(10));
      assertThat(notified).as("they are still registered").hasSize(10);
    }
  }

  @Test
  void handshakeInFlight_whenADrainStarts_isNotifiedAndAwaited() {
    try (FailoverGroup<String> group = builder().build()) {
      Lease<String> handshake = requireNonNull(group.select(new SelectContext()));
      CompletableFuture<Integer> drained =
          group.drain(handshake.payload(), Duration.ofSeconds(60), 10);
      scheduler.advance(Duration.ofSeconds(2));
      assertThat(drained).isNotDone();
      handshake.asConnection(left -> notified.add("handshake"));
      scheduler.advance(Duration.ofSeconds(2));
      assertThat(notified).containsExactly("handshake");
      handshake.close();
      scheduler.advance(Duration.ofSeconds(2));
      assertThat(drained).isCompletedWithValue(0);
    }
  }

  @Test
  void handshakeThatOutlastsTheDrain_isNotifiedImmediately() {
    try (FailoverGroup<String> group = builder().build()) {
      Lease<String> handshake = requireNonNull(group.select(new SelectContext()));
      group.drain(handshake.payload(), Duration.ofSeconds(5), 10);
      scheduler.advance(Duration.ofSeconds(6));
      handshake.asConnection(left -> notified.add("handshake " + left));
      assertThat(notified).containsExactly("handshake PT0S");
    }
  }

  @Test
  void tenThousandConnections_areNotifiedEvenly() {
    try (FailoverGroup<String> group = builder().build()) {
      for (int i = 0; i < 20_000; i++) {
        connect(group);
      }
      long start = System.nanoTime();
      CompletableFuture<Integer> drained = group.drain("a1", Duration.ofSeconds(5), 10);
      int before = notified.size();
      for (int tenth = 0; tenth < 40; tenth++) {
        scheduler.advance(Duration.ofMillis(100));
        assertThat(notified.size() - before).as("tenth %d", tenth).isBetween(150, 350);
        before = notified.size();
      }
      assertThat(notified).hasSize(10_000).containsOnly("a1");
      scheduler.advance(Duration.ofSeconds(1));
      assertThat(drained).isCompletedWithValue(10_000);
      // 400 steps of 25; copying the list per connection would take 100 million
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(5).toNanos());
    }
  }
}
