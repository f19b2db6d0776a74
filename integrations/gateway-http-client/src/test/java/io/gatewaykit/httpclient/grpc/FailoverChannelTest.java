// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import io.gatewaykit.failover.Topology;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The channel with real servers on loopback; a-1 is preferred. */
class FailoverChannelTest {
  private static final CallOptions IDEMPOTENT =
      CallOptions.DEFAULT.withOption(FailoverChannel.IDEMPOTENT, true);

  private final List<String> outcomes = new CopyOnWriteArrayList<>();
  private TestGrpcServer a;
  private TestGrpcServer b;
  private FailoverGroup<Channel> group;
  private FailoverChannel channel;

  @BeforeEach
  void start() throws IOException {
    a = TestGrpcServer.start("a");
    b = TestGrpcServer.start("b");
    use(RetryPolicy.defaults());
  }

  private void use(RetryPolicy policy) {
    if (group != null) {
      group.close();
    }
    group =
        FailoverGroup.<Channel>builder("shop")
            .line(Line.of("a", 0, Endpoint.of("a-1", a.channel())))
            .line(Line.of("b", 1, Endpoint.of("b-1", b.channel())))
            .retry(policy)
            .report((id, outcome, status, nanos) -> outcomes.add(id + " " + outcome))
            .build();
    channel = FailoverChannel.of(group);
  }

  @AfterEach
  void stop() {
    group.close();
    a.closeAll();
    b.closeAll();
  }

  private String unary(CallOptions options) {
    return ClientCalls.blockingUnaryCall(channel, TestGrpcServer.UNARY, options, "request");
  }

  private StatusRuntimeException failure(CallOptions options) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> unary(options));
  }

  private void assertOutcomes(String... expected) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(outcomes).containsExactly(expected));
    assertThat(inFlight()).isZero();
    assertThat(group.snapshot().misuse().doubleEnds()).isZero();
  }

  private long inFlight() {
    return group.snapshot().lines().stream().mapToLong(line -> line.traffic().inFlight()).sum();
  }

  @Test
  void success_isPassedOn() {
    assertThat(unary(CallOptions.DEFAULT)).isEqualTo("a request");
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void refused_goesToTheNextForAnyMethod() {
    a.close();
    assertThat(unary(CallOptions.DEFAULT)).isEqualTo("b request");
    assertOutcomes("a-1 CONNECT_FAILURE", "b-1 SUCCESS");
  }

  @Test
  void unavailable_idempotent_goesToTheNext() {
    a.fails(Status.UNAVAILABLE, null);
    assertThat(unary(IDEMPOTENT)).isEqualTo("b request");
    assertOutcomes("a-1 FAILURE", "b-1 SUCCESS");
  }

  @Test
  void unavailable_methodDeclaredSafe_goesToTheNext() {
    a.fails(Status.UNAVAILABLE, null);
    var safe = TestGrpcServer.UNARY.toBuilder().setSafe(true).build();
    assertThat(ClientCalls.blockingUnaryCall(channel, safe, CallOptions.DEFAULT, "request"))
        .isEqualTo("b request");
  }

  @Test
  void unavailable_notIdempotent_isPassedOn() {
    a.fails(Status.UNAVAILABLE.withDescription("busy"), null);
    assertThat(failure(CallOptions.DEFAULT).getStatus().getDescription()).isEqualTo("busy");
    assertThat(b.calls()).isZero();
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void notFound_isPassedOnAndCountsAsSuccess() {
    a.fails(Status.NOT_FOUND, null);
    assertThat(failure(IDEMPOTENT).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void pushback_excludesTheEndpoint() {
    a.fails(Status.RESOURCE_EXHAUSTED, "20000");
    assertThat(unary(IDEMPOTENT)).isEqualTo("b request");
    assertThat(unary(IDEMPOTENT)).isEqualTo("b request");
    assertThat(a.calls()).isEqualTo(1);
    assertOutcomes("a-1 REJECTED_REMOTE", "b-1 SUCCESS", "b-1 SUCCESS");
  }

  @Test
  void pushback_negative_preventsRetries() {
    a.fails(Status.UNAVAILABLE, "-1");
    assertThat(failure(IDEMPOTENT).getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(b.calls()).isZero();
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void stall_timesOutAndGoesToTheNext() throws Exception {
    a.stalls();
    use(RetryPolicy.builder().perTry(Duration.ofMillis(400)).build());
    assertThat(unary(IDEMPOTENT)).isEqualTo("b request");
    assertThat(a.wasCancelled()).isTrue();
    assertOutcomes("a-1 TIMEOUT", "b-1 SUCCESS");
  }

  @Test
  void stall_notIdempotent_exceedsTheDeadline() {
    a.stalls();
    use(RetryPolicy.builder().perTry(Duration.ofMillis(400)).build());
    assertThat(failure(CallOptions.DEFAULT).getStatus().getCode())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertOutcomes("a-1 TIMEOUT");
  }

  @Test
  void deadline_coversAllAttempts() {
    a.stalls();
    b.stalls();
    CallOptions options = IDEMPOTENT.withDeadlineAfter(500, TimeUnit.MILLISECONDS);
    assertThat(failure(options).getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertOutcomes("a-1 TIMEOUT");
  }

  @Test
  void hedge_secondWins_firstIsCancelled() throws Exception {
    a.stalls();
    use(RetryPolicy.builder().hedge(Hedge.after(Duration.ofMillis(50))).build());
    assertThat(unary(IDEMPOTENT)).isEqualTo("b request");
    assertThat(a.wasCancelled()).isTrue();
    await().atMost(Duration.ofSeconds(10)).until(() -> outcomes.size() == 2);
    assertThat(outcomes).containsExactlyInAnyOrder("a-1 CANCELLED", "b-1 SUCCESS");
  }

  @Test
  void cancel_countsAgainstNoEndpoint() throws Exception {
    a.stalls();
    ClientCall<String, String> call = channel.newCall(TestGrpcServer.UNARY, IDEMPOTENT);
    var closed = new CompletableFuture<Status>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            closed.complete(status);
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage("request");
    call.halfClose();
    await().atMost(Duration.ofSeconds(10)).until(() -> a.calls() == 1);
    call.cancel("not needed", null);
    assertThat(closed.get(10, TimeUnit.SECONDS).getDescription()).isEqualTo("not needed");
    assertThat(a.wasCancelled()).isTrue();
    assertOutcomes("a-1 CANCELLED");
  }

  @Test
  void allDown_isUnavailable() {
    a.close();
    b.close();
    assertThat(failure(IDEMPOTENT).getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertOutcomes("a-1 CONNECT_FAILURE", "b-1 CONNECT_FAILURE");
  }

  @Test
  void noEndpoint_isUnavailable() {
    try (FailoverGroup<Channel> none =
        FailoverGroup.<Channel>builder("none", new Topology<>(List.of()))
            .lines(LinePolicy.builder().allowEmpty().build())
            .build()) {
      channel = FailoverChannel.of(none);
      assertThat(failure(IDEMPOTENT).getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  @Test
  void serverStreaming_endsTheLeaseAtItsEnd() {
    var messages =
        ClientCalls.blockingServerStreamingCall(
            channel, TestGrpcServer.STREAM, IDEMPOTENT, "request");
    assertThat(messages.next()).isEqualTo("a 1");
    assertThat(inFlight()).isEqualTo(1);
    assertThat(messages.next()).isEqualTo("a 2");
    assertThat(messages.hasNext()).isTrue();
    assertThat(messages.next()).isEqualTo("a 3");
    assertThat(messages.hasNext()).isFalse();
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void serverStreaming_refused_goesToTheNext() {
    a.close();
    var messages =
        ClientCalls.blockingServerStreamingCall(
            channel, TestGrpcServer.STREAM, CallOptions.DEFAULT, "request");
    assertThat(messages.next()).isEqualTo("b 1");
  }

  @Test
  void clientStreaming_hasOneAttempt() throws Exception {
    var reply = new CompletableFuture<String>();
    var requests =
        ClientCalls.asyncClientStreamingCall(
            channel.newCall(TestGrpcServer.COLLECT, CallOptions.DEFAULT),
            new ClientResponseObserver<String, String>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<String> stream) {}

              @Override
              public void onNext(String value) {
                reply.complete(value);
              }

              @Override
              public void onError(Throwable failure) {
                reply.completeExceptionally(failure);
              }

              @Override
              public void onCompleted() {}
            });
    requests.onNext("x");
    requests.onNext("y");
    requests.onCompleted();
    assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo("a xy");
    assertOutcomes("a-1 SUCCESS");
  }
}
