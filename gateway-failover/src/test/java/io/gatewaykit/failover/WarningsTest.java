// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Warnings about a group that cannot work as configured; each is logged once. */
class WarningsTest {
  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.gatewaykit.failover");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(logged);
  }

  private List<String> warnings(String part) {
    return List.copyOf(logged.list).stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(message -> message.contains(part))
        .toList();
  }

  private FailoverGroupBuilder<String> twoLines() {
    return FailoverGroup.<String>builder("warned")
        .line(Line.of("direct", 0, Endpoint.of("d", "d")))
        .line(Line.of("relay", 0, Endpoint.of("r", "r")))
        .ticker(ticker)
        .seed(2);
  }

  private void serve(FailoverGroup<String> group, int seconds) {
    for (int i = 0; i < seconds * 10; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext().idempotent(true)));
      ticker.advance(Duration.ofMillis(100));
      lease.succeed(200);
    }
  }

  private FailoverGroup<String> fastest(double probeTraffic) {
    return twoLines()
        .lines(
            LinePolicy.builder()
                .switcher(LineSwitcher.builder().fastest().build())
                .probeTraffic(probeTraffic)
                .build())
        .build();
  }

  @Test
  void fastest_lineThatIsNeverMeasured_isOneWarningAfterTwoMinutes() {
    try (FailoverGroup<String> group = fastest(0)) {
      serve(group, 110);
      assertThat(warnings("no latency recorded")).isEmpty();
      serve(group, 300);
      assertThat(warnings("no latency recorded"))
          .singleElement()
          .asString()
          .startsWith("line relay: no latency recorded, cannot take over from line direct");
    }
  }

  @Test
  void fastest_linesMeasuredByProbeTraffic_isNoWarning() {
    try (FailoverGroup<String> group = fastest(0.05)) {
      serve(group, 400);
      assertThat(warnings("no latency recorded")).isEmpty();
    }
  }

  @Test
  void fastest_linesMeasuredByProbes_isNoWarning() {
    try (FailoverGroup<String> group = fastest(0)) {
      for (int i = 0; i < 400; i++) {
        group.observeProbe("r", 10_000_000);
        serve(group, 1);
      }
      assertThat(warnings("no latency recorded")).isEmpty();
    }
  }

  /** Monitors some ids only, as a checker does. */
  private record Monitor(Set<String> ids) implements HealthSignal {
    @Override
    public Health health(String endpointId) {
      return ids.contains(endpointId) ? Health.HEALTHY : Health.UNKNOWN;
    }

    @Override
    public boolean isMonitored(String endpointId) {
      return ids.contains(endpointId);
    }

    @Override
    public Subscription subscribe(HealthChangeListener listener) {
      return () -> {};
    }
  }

  @Test
  void health_endpointUnknownToTheSignal_isOneWarningPerUpdate() {
    try (FailoverGroup<String> group =
        twoLines().health(new Monitor(Set.of("d", "relay-1"))).build()) {
      serve(group, 9);
      assertThat(warnings("unknown to the health signal"))
          .as("the targets may be set after the group is built")
          .isEmpty();
      serve(group, 60);
      assertThat(warnings("unknown to the health signal"))
          .singleElement()
          .asString()
          .startsWith("group warned: 1 endpoints are unknown")
          .contains("[r]");
      group.update(List.of(Line.of("direct", 0, Endpoint.of("d", "d"))));
      serve(group, 60);
      assertThat(warnings("unknown to the health signal")).hasSize(1);
      group.update(List.of(Line.of("direct", 0, Endpoint.of("x", "x"))));
      serve(group, 60);
      assertThat(warnings("unknown to the health signal")).hasSize(2);
    }
  }

  @Test
  void health_noSignalOrAllMonitored_isNoWarning() {
    try (FailoverGroup<String> none = twoLines().build();
        FailoverGroup<String> all = twoLines().health(new Monitor(Set.of("d", "r"))).build()) {
      serve(none, 60);
      serve(all, 60);
      assertThat(warnings("unknown to the health signal")).isEmpty();
    }
  }

  /** A group that samples almost no lease, with requests of at most a second. */
  private FailoverGroup<String> unsampled() {
    return twoLines()
        .retry(RetryPolicy.builder().perTry(Duration.ofSeconds(1)).build())
        .endpoints(EndpointPolicy.builder().leakDetectionSampling(1_000_000).build())
        .build();
  }

  private static void leak(FailoverGroup<String> group) {
    assertThat(requireNonNull(group.select(new SelectContext())).isOpen()).isTrue();
  }

  private static void awaitLeaks(FailoverGroup<String> group, long leaks) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> {
          System.gc();
          assertThat(group.snapshot().misuse().leakedLeases()).isEqualTo(leaks);
        });
  }

  @Test
  void lease_olderThanPerTry_isOneWarning_andAllLeasesAreSampledFromThenOn() {
    try (FailoverGroup<String> group = unsampled()) {
      leak(group); // not sampled: not found by garbage collection
      ticker.advance(Duration.ofSeconds(3));
      assertThat(group.snapshot().misuse().leakedLeases()).isZero();
      assertThat(warnings("are older than perTry"))
          .singleElement()
          .asString()
          .startsWith("endpoint d: 1 leases are older than perTry without a response");
      leak(group);
      leak(group);
      awaitLeaks(group, 2);
      assertThat(warnings("leaked a lease")).as("the first only").hasSize(1);
      ticker.advance(Duration.ofSeconds(3));
      leak(group);
      ticker.advance(Duration.ofSeconds(3));
      awaitLeaks(group, 3);
      assertThat(warnings("are older than perTry")).hasSize(1);
    }
  }
}
