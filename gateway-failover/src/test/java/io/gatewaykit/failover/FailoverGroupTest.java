package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FailoverGroupTest {
  private final ManualTicker ticker = new ManualTicker();
  private final Map<String, Health> health = new HashMap<>();
  private final List<String> events = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();

  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("chat")
          .line(Line.of("public-us", 2, Endpoint.of("c", "C")))
          .line(Line.of("dedicated-hk", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
          .line(Line.of("via-de", 1, Endpoint.of("b", "B")))
          .maxAttempts(4)
          .ticker(ticker)
          .health(signal())
          .report((id, outcome, status, nanos) -> reports.add(id + " " + outcome + " " + status))
          .listener(
              new FailoverListener() {
                @Override
                public void onSwitch(String name, String from, String to, String cause) {
                  events.add(from + ">" + to);
                }

                @Override
                public void onSetAside(String name, String endpointId) {
                  events.add("aside " + endpointId);
                }

                @Override
                public void onPanic(String name) {
                  events.add("panic");
                  throw new IllegalStateException("a listener's own trouble");
                }
              })
          .build();

  @Test
  void next_healthy_staysInTheBestLineAndAlternates() {
    assertThat(Stream.generate(this::pickOne).limit(4)).containsExactly("A1", "A2", "A1", "A2");
  }

  @Test
  void next_afterFailures_otherEndpointThenNextLines_eachOnce() {
    Attempts<String> attempts = group.begin(true);
    var tried = new ArrayList<String>();
    for (Lease<String> lease = attempts.next(); lease != null; lease = attempts.next()) {
      tried.add(lease.line() + "/" + lease.payload());
      lease.end(Outcome.FAILURE, 500);
    }
    assertThat(tried)
        .containsExactly("dedicated-hk/A1", "dedicated-hk/A2", "via-de/B", "public-us/C");
    assertThat(reports)
        .containsExactly("a1 FAILURE 500", "a2 FAILURE 500", "b FAILURE 500", "c FAILURE 500");
  }

  @Test
  void next_lineUnhealthy_switchesAndComesBack() {
    pickOne();
    health.put("a1", Health.UNHEALTHY);
    health.put("a2", Health.DRAINING);
    assertThat(pickOne()).isEqualTo("B");
    health.clear();
    assertThat(pickOne()).startsWith("A");
    assertThat(events).containsExactly("dedicated-hk>via-de", "via-de>dedicated-hk");
  }

  @Test
  void next_nothingAvailable_failsOpenButNotToDraining() {
    for (String id : List.of("a1", "b", "c")) {
      health.put(id, Health.UNHEALTHY);
    }
    health.put("a2", Health.DRAINING);
    assertThat(pickOne()).isEqualTo("A1");
    assertThat(pickOne()).isEqualTo("A1");
    assertThat(events).containsExactly("panic", "panic");
    assertThat(group.snapshot().panics()).isEqualTo(2);
  }

  @Test
  void ended_failuresInARow_setAsideWithoutAnyChecker() {
    for (int i = 0; i < 3; i++) {
      fail("A1");
    }
    assertThat(events).containsExactly("aside a1");
    assertThat(Stream.generate(this::pickOne).limit(5)).containsOnly("A2");
    ticker.advance(Duration.ofSeconds(10));
    fail("A1");
    assertThat(Stream.generate(this::pickOne).limit(5))
        .as("one more failure is enough")
        .containsOnly("A2");
    ticker.advance(Duration.ofSeconds(10));
    assertThat(Stream.generate(this::pickOne).limit(9)).contains("A1", "A2");
  }

  @Test
  void ended_localOutcomes_areNoEvidence() {
    for (int i = 0; i < 10; i++) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      lease.end(i % 2 == 0 ? Outcome.CANCELLED : Outcome.REJECTED_REMOTE, 0);
    }
    assertThat(events).isEmpty();
  }

  @Test
  void lease_reportedTwice_countsOnce() {
    Lease<String> lease = requireNonNull(group.begin(true).next());
    assertThat(group.snapshot().lines().get(0).endpoints().get(0).inFlight()).isEqualTo(1);
    lease.succeed(200);
    lease.end(Outcome.FAILURE, 500);
    lease.close();
    var view = group.snapshot().lines().get(0).endpoints().get(0);
    assertThat(view.inFlight()).isZero();
    assertThat(view.successes()).isEqualTo(1);
    assertThat(reports).containsExactly("a1 SUCCESS 200");
  }

  @Test
  void execute_idempotent_triesUntilOneSucceeds() throws Exception {
    String result =
        group.execute(
            true,
            lease -> {
              if (!lease.payload().equals("B")) {
                throw new IOException(lease.payload());
              }
              return lease.line();
            });
    assertThat(result).isEqualTo("via-de");
    assertThat(reports).containsExactly("a1 FAILURE 0", "a2 FAILURE 0", "b SUCCESS 0");
  }

  @Test
  void execute_notIdempotent_retriesOnlyConnectFailures() {
    assertThatThrownBy(() ->
            group.execute(
                false,
                lease -> {
                  throw lease.payload().equals("A1")
                      ? new ConnectException("refused")
                      : new IOException("broke off");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("broke off")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(reports).containsExactly("a1 CONNECT_FAILURE 0", "a2 FAILURE 0");
  }

  @Test
  void execute_error_releasesTheLease() {
    assertThatThrownBy(() ->
            group.execute(
                true,
                lease -> {
                  throw new StackOverflowError();
                }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(group.snapshot().lines().get(0).endpoints().get(0).inFlight()).isZero();
  }

  @Test
  void update_keepsStatisticsOfEndpointsThatStay() {
    requireNonNull(group.begin(true).next()).succeed(200);
    group.update(List.of(Line.of("new", 0, Endpoint.of("a1", "A1b"), Endpoint.of("z", "Z"))));
    var endpoints = group.snapshot().lines().get(0).endpoints();
    assertThat(endpoints.get(0).successes()).isEqualTo(1);
    assertThat(endpoints.get(1).picks()).isZero();
    assertThat(pickOne()).isEqualTo("A1b");
  }

  @Test
  void update_bad_isRefusedWithAllErrorsAndChangesNothing() {
    assertThatThrownBy(() ->
            group.update(
                List.of(
                    Line.of("x", 0, Endpoint.of("e", "1")),
                    Line.of("x", 1, Endpoint.of("e", "2")))))
        .hasMessage("line \"x\" is defined twice; endpoint \"e\" is defined twice");
    assertThatThrownBy(() -> group.update(List.of())).hasMessageContaining("no endpoint");
    assertThat(pickOne()).isEqualTo("A1");
  }

  @Test
  void builder_badValues_areRefused() {
    var builder = FailoverGroup.<String>builder("g");
    assertThatThrownBy(() -> builder.maxAttempts(0)).hasMessage("maxAttempts: 0 (expected: 1..20)");
    assertThatThrownBy(() -> builder.asideFor(Duration.ZERO))
        .hasMessageContaining("asideFor: PT0S");
    assertThatThrownBy(() -> Line.of("l", -1, Endpoint.of("e", "x")))
        .hasMessageContaining("priority: -1");
  }

  private String pickOne() {
    try (Lease<String> lease = requireNonNull(group.begin(true).next())) {
      lease.end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
      return lease.payload();
    }
  }

  /** Fails the payload's next attempt, letting the others of its line pass by. */
  private void fail(String payload) {
    while (true) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      if (lease.payload().equals(payload)) {
        lease.end(Outcome.FAILURE, 500);
        return;
      }
      lease.close();
    }
  }

  private HealthSignal signal() {
    return new HealthSignal() {
      @Override
      public Health health(String endpointId) {
        return health.getOrDefault(endpointId, Health.HEALTHY);
      }

      @Override
      public Subscription subscribe(Listener listener) {
        return () -> {};
      }
    };
  }
}
