// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The limits of a group around the client: attempts in flight, queue, breaker, budget and load. */
public abstract class LimitContract extends ContractFixture {
  /** Creates the suite of one adapter. */
  protected LimitContract() {}

  private HttpFailoverBuilder limited(EndpointPolicy policy, RetryPolicy retry) {
    group =
        FailoverGroup.<URI>builder("limited")
            .line(Line.of("a", 0, Endpoint.of("a-1", a.uri())))
            .line(Line.of("b", 1, Endpoint.of("b-1", b.uri())))
            .endpoints(policy)
            .retry(retry)
            .build();
    return settings(HttpFailover.builder(group));
  }

  private HttpFailoverBuilder limited(EndpointPolicy.Builder policy) {
    return limited(policy.build(), RetryPolicy.defaults());
  }

  /** Occupies the only slot of the best endpoint that is free. */
  private Lease<URI> occupy() {
    return requireNonNull(requireNonNull(group).select(new SelectContext()));
  }

  private long waiting() {
    return requireNonNull(group).snapshot().waiting().requests();
  }

  @Test
  void maxInFlight_fullEndpoint_isPassedOver() throws Exception {
    a.will(TestServer.respond(200, "a"));
    try (Sender sender = sender(limited(EndpointPolicy.builder().maxInFlight(1)).build())) {
      try (Lease<URI> held = occupy()) {
        assertThat(held.line()).isEqualTo("a");
        assertThat(send(sender, get("/"))).isEqualTo("200 b");
        assertThat(send(sender, post())).isEqualTo("200 b");
      }
      assertThat(send(sender, get("/"))).isEqualTo("200 a");
    }
    assertLeasesEnded();
  }

  @Test
  void maxInFlight_allFull_failsWithoutARequest() throws Exception {
    try (Sender sender = sender(limited(EndpointPolicy.builder().maxInFlight(1)).build());
        Lease<URI> first = occupy();
        Lease<URI> second = occupy()) {
      assertThat(first.line() + second.line()).isEqualTo("ab");
      Throwable failure = catchThrowable(() -> send(sender, get("/")));
      assertThat(contains(failure, EndpointsUnavailableException.class)).as("%s", failure).isTrue();
    }
    assertThat(a.received()).isEmpty();
    assertThat(b.received()).isEmpty();
  }

  @Test
  void queue_allFull_waitsForAnEndpoint() throws Exception {
    a.will(TestServer.respond(200, "a"));
    var policy = EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofSeconds(20), 10);
    try (Sender sender = sender(limited(policy).build())) {
      Lease<URI> first = occupy();
      Lease<URI> second = occupy();
      var result = new AtomicReference<@Nullable String>();
      var caller =
          new Thread(() -> {
            try {
              result.set(send(sender, get("/")));
            } catch (Exception e) {
              result.set(e.toString());
            }
          });
      caller.start();
      await().atMost(Duration.ofSeconds(10)).until(() -> waiting() == 1);
      first.close();
      caller.join(15_000);
      assertThat(result.get()).isEqualTo("200 a");
      second.close();
    }
    assertLeasesEnded();
  }

  @Test
  void queue_noEndpointInTime_fails() throws Exception {
    var policy = EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofMillis(50), 10);
    try (Sender sender = sender(limited(policy).build());
        Lease<URI> first = occupy();
        Lease<URI> second = occupy()) {
      assertThat(first.line() + second.line()).isEqualTo("ab");
      Throwable failure = catchThrowable(() -> send(sender, get("/")));
      assertThat(contains(failure, EndpointsUnavailableException.class)).as("%s", failure).isTrue();
      assertThat(requireNonNull(group).snapshot().waiting().timedOut()).isEqualTo(1);
    }
  }

  @Test
  void breaker_open_sendsNothingToTheEndpoint() throws Exception {
    a.will(TestServer.respond(500, "defect"));
    var policy =
        EndpointPolicy.builder()
            .maxFails(1000)
            .breaker(CircuitBreaker.builder().consecutiveFailures(2));
    try (Sender sender = sender(limited(policy).build())) {
      assertThat(send(sender, post())).isEqualTo("500 defect");
      assertThat(send(sender, post())).isEqualTo("500 defect");
      assertThat(send(sender, post())).isEqualTo("200 b");
      assertThat(send(sender, get("/"))).isEqualTo("200 b");
    }
    assertThat(a.received()).hasSize(2);
    assertLeasesEnded();
  }

  @Test
  void budget_exhausted_lastResponseIsPassedOn() throws Exception {
    a.will(TestServer.respond(500, "defect"));
    var retry = RetryPolicy.builder().budget(0, 0).build();
    assertThat(send(limited(EndpointPolicy.defaults(), retry), get("/"))).isEqualTo("500 defect");
    assertThat(b.received()).isEmpty();
    assertThat(requireNonNull(group).snapshot().retriesRejected()).isEqualTo(1);
    assertLeasesEnded();
  }

  @Test
  void loadHeader_ofResponses_shiftsTheLoad() throws Exception {
    var ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
    a.will(TestServer.respond(200, "a", "Endpoint-Load-Metrics: TEXT cpu_utilization=0.9"));
    b.will(TestServer.respond(200, "b", "Endpoint-Load-Metrics: TEXT cpu_utilization=0.1"));
    group =
        FailoverGroup.<URI>builder("loaded")
            .line(Line.of("a", 0, Endpoint.of("a-1", a.uri()), Endpoint.of("b-1", b.uri())))
            .endpoints(EndpointPolicy.builder().balanceLoad(Duration.ofMinutes(5)).build())
            .ticker(ticker)
            .build();
    HttpFailoverBuilder failover =
        settings(HttpFailover.builder(group)).loadHeader(LoadReport.HEADER);
    try (Sender sender = sender(failover.build())) {
      for (int i = 0; i < 4; i++) {
        String unused = send(sender, get("/"));
      }
      for (int second = 0; second < 20; second++) {
        ticker.advance(Duration.ofSeconds(1));
        requireNonNull(requireNonNull(group).select(new SelectContext())).close();
      }
      int ofA = 0;
      for (int i = 0; i < 20; i++) {
        ofA += send(sender, get("/")).equals("200 a") ? 1 : 0;
      }
      assertThat(ofA).isLessThan(5);
    }
    assertLeasesEnded();
  }
}
