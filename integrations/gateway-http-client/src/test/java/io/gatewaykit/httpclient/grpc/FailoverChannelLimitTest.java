// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limits of a group around gRPC calls, as in the contract of HTTP clients. */
class FailoverChannelLimitTest {
  private static final CallOptions IDEMPOTENT =
      CallOptions.DEFAULT.withOption(FailoverChannel.IDEMPOTENT, true);

  private TestGrpcServer a;
  private TestGrpcServer b;
  private @Nullable FailoverGroup<Channel> group;

  @BeforeEach
  void start() throws IOException {
    a = TestGrpcServer.start("a");
    b = TestGrpcServer.start("b");
  }

  @AfterEach
  void stop() {
    if (group != null) {
      group.close();
    }
    a.closeAll();
    b.closeAll();
  }

  private FailoverChannel limited(EndpointPolicy policy, RetryPolicy retry) {
    group =
        FailoverGroup.<Channel>builder("limited")
            .line(Line.of("a", 0, Endpoint.of("a-1", a.channel())))
            .line(Line.of("b", 1, Endpoint.of("b-1", b.channel())))
            .endpoints(policy)
            .retry(retry)
            .build();
    return FailoverChannel.of(group);
  }

  private Lease<Channel> occupy() {
    return requireNonNull(requireNonNull(group).select(new SelectContext()));
  }

  private static String unary(Channel channel, CallOptions options) {
    return ClientCalls.blockingUnaryCall(channel, TestGrpcServer.UNARY, options, "request");
  }

  private static StatusRuntimeException failure(Channel channel, CallOptions options) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> unary(channel, options));
  }

  @Test
  void maxInFlight_fullEndpoint_isPassedOver() {
    FailoverChannel channel =
        limited(EndpointPolicy.builder().maxInFlight(1).build(), RetryPolicy.defaults());
    try (Lease<Channel> held = occupy()) {
      assertThat(held.line()).isEqualTo("a");
      assertThat(unary(channel, CallOptions.DEFAULT)).isEqualTo("b request");
    }
    assertThat(unary(channel, CallOptions.DEFAULT)).isEqualTo("a request");
  }

  @Test
  void maxInFlight_allFull_isUnavailable() {
    FailoverChannel channel =
        limited(EndpointPolicy.builder().maxInFlight(1).build(), RetryPolicy.defaults());
    try (Lease<Channel> first = occupy();
        Lease<Channel> second = occupy()) {
      assertThat(first.line() + second.line()).isEqualTo("ab");
      assertThat(failure(channel, IDEMPOTENT).getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
    }
    assertThat(a.calls() + b.calls()).isZero();
  }

  @Test
  void queue_allFull_waitsForAnEndpoint() {
    FailoverChannel channel =
        limited(
            EndpointPolicy.builder().maxInFlight(1).queue(Duration.ofSeconds(20), 10).build(),
            RetryPolicy.defaults());
    Lease<Channel> first = occupy();
    try (Lease<Channel> second = occupy()) {
      assertThat(second.line()).isEqualTo("b");
      var response =
          ClientCalls.futureUnaryCall(channel.newCall(TestGrpcServer.UNARY, IDEMPOTENT), "request");
      await().until(() -> requireNonNull(group).snapshot().waiting().requests() == 1);
      first.close();
      await().until(response::isDone);
      assertThat(response).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("a request");
    }
  }

  @Test
  void breaker_open_sendsNothingToTheEndpoint() {
    a.fails(Status.UNAVAILABLE, null);
    FailoverChannel channel =
        limited(
            EndpointPolicy.builder()
                .maxFails(1000)
                .breaker(CircuitBreaker.builder().consecutiveFailures(2))
                .build(),
            RetryPolicy.defaults());
    assertThat(failure(channel, CallOptions.DEFAULT)).isNotNull();
    assertThat(failure(channel, CallOptions.DEFAULT)).isNotNull();
    assertThat(unary(channel, CallOptions.DEFAULT)).isEqualTo("b request");
    assertThat(a.calls()).isEqualTo(2);
  }

  @Test
  void budget_exhausted_lastStatusIsPassedOn() {
    a.fails(Status.UNAVAILABLE.withDescription("busy"), null);
    FailoverChannel channel =
        limited(EndpointPolicy.defaults(), RetryPolicy.builder().budget(0, 0).build());
    assertThat(failure(channel, IDEMPOTENT).getStatus().getDescription()).isEqualTo("busy");
    assertThat(b.calls()).isZero();
    assertThat(requireNonNull(group).snapshot().retriesRejected()).isEqualTo(1);
  }
}
