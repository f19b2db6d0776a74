// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases that outlive the call of an execution. */
class DetachedLeaseTest {
  private final List<Outcome> reports = new ArrayList<>();
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("shop")
          .line(Line.of("a", 0, Endpoint.of("1", "1")))
          .report((id, outcome, status, nanos) -> reports.add(outcome))
          .build();

  @AfterEach
  void close() {
    group.close();
  }

  private static Lease<String> detached(Lease<String> lease) {
    lease.detach();
    return lease;
  }

  private long doubleEnds() {
    return group.snapshot().misuse().doubleEnds();
  }

  @Test
  void execute_detached_leavesTheEndToTheCaller() throws Exception {
    Lease<String> lease = group.execute(true, DetachedLeaseTest::detached);
    assertThat(reports).isEmpty();
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isEqualTo(1);
    lease.end(Outcome.FAILURE, 200);
    assertThat(reports).containsExactly(Outcome.FAILURE);
    assertThat(doubleEnds()).isZero();
  }

  @Test
  void executeAsync_detached_leavesTheEndToTheCaller() throws Exception {
    Lease<String> lease =
        group
            .executeAsync(
                true,
                Duration.ofSeconds(5),
                one -> CompletableFuture.completedFuture(detached(one)))
            .get(5, TimeUnit.SECONDS);
    assertThat(reports).isEmpty();
    lease.succeed(200);
    assertThat(reports).containsExactly(Outcome.SUCCESS);
  }

  @Test
  void execute_detachedCallFails_endsTheLeaseAndIgnoresLaterReports() {
    List<Lease<String>> leases = new ArrayList<>();
    assertThatThrownBy(() ->
            group.execute(
                true,
                lease -> {
                  leases.add(detached(lease));
                  throw new IOException("reset");
                }))
        .hasMessage("reset");
    assertThat(reports).containsExactly(Outcome.FAILURE);
    leases.get(0).succeed(200);
    leases.get(0).close();
    leases.get(0).close();
    assertThat(reports).containsExactly(Outcome.FAILURE);
    assertThat(doubleEnds()).isZero();
  }

  @Test
  void execute_detachedCallThrowsError_endsTheLease() {
    assertThatThrownBy(() ->
            group.execute(
                true,
                lease -> {
                  lease.detach();
                  throw new AssertionError("defect");
                }))
        .isInstanceOf(AssertionError.class);
    assertThat(reports).containsExactly(Outcome.CANCELLED);
  }

  @Test
  void cancel_detachedCallInFlight_endsTheLease() {
    CompletableFuture<String> result =
        group.executeAsync(
            true,
            Duration.ofSeconds(5),
            lease -> {
              lease.detach();
              return new CompletableFuture<>();
            });
    result.cancel(false);
    assertThat(reports).containsExactly(Outcome.CANCELLED);
  }
}
