// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.Misuse;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Correct and incorrect use of reusable leases. */
class ReusableLeaseTest {
  private final ManualTicker ticker = new ManualTicker();
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("g")
          .line(Line.of("l", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B")))
          .ticker(ticker)
          .build();
  private final ReusableLease<String> lease = group.reusableLease();

  private Traffic traffic() {
    return group.snapshot().lines().get(0).traffic();
  }

  @Test
  void consecutiveLeases_areCountedAndMeasured() {
    var context = new SelectContext();
    for (int i = 0; i < 10; i++) {
      long number = lease.begin(context.reset());
      assertThat(number).isEqualTo(i + 1);
      assertThat(traffic().inFlight()).isEqualTo(1);
      assertThat(lease.payload()).isIn("A", "B");
      ticker.advance(Duration.ofMillis(10));
      lease.end(number, i == 9 ? Outcome.FAILURE : Outcome.SUCCESS, 200);
    }
    assertThat(traffic().successes()).isEqualTo(9);
    assertThat(traffic().failures()).isEqualTo(1);
    assertThat(traffic().inFlight()).isZero();
    assertThat(traffic().p50Nanos()).isBetween(9_000_000L, 11_000_000L);
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(0, 0));
  }

  @Test
  void exclusion_secondAttemptUsesAnother_thirdFindsNone() {
    var context = new SelectContext();
    long first = lease.begin(context);
    String payload = lease.payload();
    lease.end(first, Outcome.CONNECT_FAILURE, 0);
    lease.end(lease.begin(context), Outcome.CONNECT_FAILURE, 0);
    assertThat(lease.payload()).isNotEqualTo(payload);
    assertThat(lease.begin(context)).isEqualTo(ReusableLease.NONE);
  }

  @Test
  @DisplayName("R-95: repeated, late and unknown ends have no effect and are counted as misuse")
  void repeatedAndLateEnds_areCountedAsMisuse() throws Exception {
    long first = lease.begin(new SelectContext());
    lease.end(first, Outcome.SUCCESS, 200);
    lease.end(first, Outcome.FAILURE, 500);
    long second = lease.begin(new SelectContext());
    var elsewhere = new Thread(() -> lease.end(first, Outcome.FAILURE, 500));
    elsewhere.start();
    elsewhere.join();
    assertThat(traffic().inFlight()).as("the second remains open").isEqualTo(1);
    group.close();
    lease.end(second, Outcome.SUCCESS, 200);
    lease.close();
    assertThat(traffic().successes()).isEqualTo(2);
    assertThat(traffic().failures()).isZero();
    assertThat(traffic().inFlight()).isZero();
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(2, 0));
  }

  @Test
  void stillOpen_isEndedAsCancelledWhenTheNextStarts() {
    lease.begin(new SelectContext());
    long second = lease.begin(new SelectContext());
    assertThat(traffic().inFlight()).isEqualTo(1);
    lease.end(second, Outcome.SUCCESS, 200);
    assertThat(traffic().inFlight()).isZero();
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(0, 1));
  }

  @Test
  @DisplayName(
      "R-95: a reusable lease that is garbage-collected while open is detected, counted and ended")
  void garbageCollected_isDetectedCountedAndEnded() {
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
    assertThat(group.reusableLease().begin(new SelectContext())).isEqualTo(1);
  }

  @Test
  void close_endsTheLeaseAsCancelled() {
    lease.begin(new SelectContext());
    lease.close();
    lease.close();
    assertThat(traffic().inFlight()).isZero();
    assertThat(traffic().failures()).isZero();
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(0, 0));
  }

  @Test
  void endpoint_beforeTheFirstLease_throws() {
    assertThatIllegalStateException()
        .isThrownBy(lease::endpoint)
        .withMessage("lease: none (expected: at least one started)");
  }
}
