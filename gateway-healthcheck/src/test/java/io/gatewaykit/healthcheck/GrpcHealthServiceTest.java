// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gRPC probe against grpc-java's own health service. */
@Timeout(120)
class GrpcHealthServiceTest {
  @TempDir static Path folder;

  private final HealthStatusManager health = new HealthStatusManager();
  private @Nullable Server server;

  @AfterEach
  void close() throws InterruptedException {
    if (server != null) {
      server.shutdownNow().awaitTermination();
    }
  }

  private static NettyServerBuilder builder() {
    return NettyServerBuilder.forAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private InetSocketAddress start(NettyServerBuilder builder) throws IOException {
    Server started = builder.build().start();
    server = started;
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), started.getPort());
  }

  @DisplayName("T87: check distinguishes all statuses")
  @Test
  void check_distinguishesAllStatuses() throws Exception {
    InetSocketAddress address = start(builder().addService(health.getHealthService()));
    assertThat(ProbeOnce.of(Probe.grpc(""), address).detail()).isEqualTo("SERVING");
    health.setStatus("orders", ServingStatus.NOT_SERVING);
    ProbeResult notServing = ProbeOnce.of(Probe.grpc("orders"), address);
    assertThat(notServing.cause()).isEqualTo(Cause.STATUS);
    assertThat(notServing.detail()).isEqualTo("NOT_SERVING");
    ProbeResult unknown = ProbeOnce.of(Probe.grpc("nobody"), address);
    assertThat(unknown.status()).isEqualTo(5);
    assertThat(unknown.detail()).isEqualTo("gRPC status 5 (NOT_FOUND)");
  }

  @DisplayName("T87: a server without health service fails or passes as configured")
  @Test
  void serverWithoutHealthService_failsOrPassesAsConfigured() throws Exception {
    InetSocketAddress address = start(builder());
    ProbeResult fails = ProbeOnce.of(Probe.grpc(""), address);
    assertThat(fails.cause()).isEqualTo(Cause.STATUS);
    assertThat(fails.detail()).isEqualTo("gRPC status 12 (UNIMPLEMENTED)");
    assertThat(ProbeOnce.of(GrpcProbe.builder("").unimplementedPasses().build(), address).cause())
        .isEqualTo(Cause.PASSED);
  }

  @Test
  void check_worksOverTls() throws Exception {
    TestKeys keys = TestKeys.of(folder, "grpc.test");
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys.store(), TestKeys.password());
    InetSocketAddress address =
        start(
            builder()
                .sslContext(
                    GrpcSslContexts.configure(SslContextBuilder.forServer(factory), SslProvider.JDK)
                        .build())
                .addService(health.getHealthService()));
    ProbeResult result =
        ProbeOnce.of(
            GrpcProbe.builder("")
                .tls(ProbeTls.of(TestKeys.context(null, keys), "grpc.test"))
                .build(),
            address);
    assertThat(result.detail()).isEqualTo("SERVING");
    assertThat(result.certificateExpiry()).isNotNull();
  }

  /** Probes are an hour apart, so any change in between was pushed by the server. */
  @Test
  void watch_pushesChanges_whichTakeEffectImmediately() throws Exception {
    InetSocketAddress address = start(builder().addService(health.getHealthService()));
    var states = new CopyOnWriteArrayList<TargetState>();
    try (var engine = ProbeEngine.builder().build();
        var checker =
            watching(engine)
                .listener(
                    HealthCheckerTest.changes(event -> states.add(requireNonNull(event.to()))))
                .build()) {
      checker.setTargets(List.of(new Target("a", address)));
      requireNonNull(checker.target("a")).reportTcpFailure(); // triggers an immediate probe
      await().until(() -> states.contains(TargetState.HEALTHY));
      health.setStatus("", ServingStatus.NOT_SERVING);
      await().until(() -> states.contains(TargetState.UNHEALTHY));
      assertThat(checker.snapshot().targets().get(0).cause()).isEqualTo("NOT_SERVING");
      health.setStatus("", ServingStatus.SERVING);
      await().until(() -> states.size() == 3);
      assertThat(states)
          .containsExactly(TargetState.HEALTHY, TargetState.UNHEALTHY, TargetState.HEALTHY);
      requireNonNull(server).shutdownNow(); // the broken connection triggers a probe
      await().until(() -> states.contains(TargetState.MOSTLY_HEALTHY));
    }
  }

  private static HealthCheckerBuilder watching(ProbeEngine engine) {
    return HealthChecker.builder("watch")
        .engine(engine)
        .probe(GrpcProbe.builder("").watch().build())
        .passive(PassiveRules.builder().suspicion(Suspicion.PROBE).build())
        .schedule(
            ProbeSchedule.builder()
                .interval(Duration.ofHours(1))
                .suspectInterval(Duration.ofMillis(100))
                .timeout(Duration.ofSeconds(20))
                .build());
  }

  /** A health service that implements Check only. */
  private static final class CheckOnly extends HealthGrpc.HealthImplBase {
    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> responses) {
      responses.onNext(HealthCheckResponse.newBuilder().setStatus(ServingStatus.SERVING).build());
      responses.onCompleted();
    }
  }

  @Test
  void watch_onAServerWithoutIt_pollsInstead() throws Exception {
    BindableService service = new CheckOnly();
    InetSocketAddress address = start(builder().addService(service));
    ProbeResult result = ProbeOnce.of(GrpcProbe.builder("").watch().build(), address);
    assertThat(result.detail()).isEqualTo("SERVING");
    assertThat(result.cause()).isEqualTo(Cause.PASSED);
  }
}
