// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Custom probes and composite probes. */
@Timeout(60)
class CustomProbeTest {
  private static final InetSocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

  private final ExecutorService pool = Executors.newFixedThreadPool(2);

  @AfterEach
  void close() {
    pool.shutdownNow();
  }

  @Test
  void check_decidesOnItsOwnThread() throws Exception {
    var thread = new AtomicBoolean();
    Probe passes =
        Probe.custom(
            target -> {
              thread.set(!Thread.currentThread().getName().contains("gateway"));
              return target.id().equals("only");
            },
            pool);
    assertThat(ProbeOnce.of(passes, NOWHERE).cause()).isEqualTo(Cause.PASSED);
    assertThat(thread).isTrue();
    ProbeResult refused = ProbeOnce.of(Probe.custom(target -> false, pool), NOWHERE);
    assertThat(refused.cause()).isEqualTo(Cause.CUSTOM);
    assertThat(refused.detail()).isEqualTo("returned false");
    ProbeResult thrown =
        ProbeOnce.of(
            Probe.custom(
                target -> {
                  throw new IllegalStateException("no database");
                },
                pool),
            NOWHERE);
    assertThat(thrown.detail()).contains("no database");
  }

  @Test
  void checkThatBlocks_isInterruptedAtTheDeadline_andDelaysNoOther() throws Exception {
    var interrupted = new CountDownLatch(1);
    Probe blocks =
        Probe.custom(
            target -> {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
              return true;
            },
            pool);
    ProbeResult result = ProbeOnce.of(blocks, new Target("a", NOWHERE), Duration.ofMillis(300));
    assertThat(result.cause()).isEqualTo(Cause.TIMEOUT);
    interrupted.await();
  }

  @Test
  void fullExecutor_isInconclusive() {
    Probe probe =
        Probe.custom(
            target -> true,
            task -> {
              throw new RejectedExecutionException("full");
            });
    try (var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("full")
                .engine(engine)
                .probe(probe)
                .schedule(ProbeSchedule.every(Duration.ofMillis(20)))
                .build()) {
      checker.setTargets(List.of(new Target("a", NOWHERE)));
      await().until(() -> checker.snapshot().totals().inconclusive() > 3);
      assertThat(checker.snapshot().targets().get(0).state()).isEqualTo(TargetState.CHECKING);
    }
  }

  @Test
  void combined_allNeedsEveryPart_anyNeedsOne() throws Exception {
    Probe good = Probe.custom(target -> true, pool);
    Probe bad = Probe.custom(target -> false, pool);
    assertThat(ProbeOnce.of(Probe.all(good, good), NOWHERE).cause()).isEqualTo(Cause.PASSED);
    assertThat(ProbeOnce.of(Probe.all(good, bad), NOWHERE).cause()).isEqualTo(Cause.CUSTOM);
    assertThat(ProbeOnce.of(Probe.all(bad, good), NOWHERE).cause()).isEqualTo(Cause.CUSTOM);
    assertThat(ProbeOnce.of(Probe.any(bad, good), NOWHERE).cause()).isEqualTo(Cause.PASSED);
    assertThat(ProbeOnce.of(Probe.any(Probe.tcp(), bad), NOWHERE).cause().passed()).isFalse();
    try (var server = new AnsweringServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      Probe both = Probe.all(Probe.tcp(), Probe.http("/"));
      assertThat(ProbeOnce.of(both, server.address()).detail()).isEqualTo("status 200");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Probe.all(Probe.any(good), good));
    assertThatIllegalArgumentException().isThrownBy(() -> Probe.all());
  }
}
