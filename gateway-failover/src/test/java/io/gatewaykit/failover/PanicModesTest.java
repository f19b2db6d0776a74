// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each panic mode with each reason to reject, through each way to send a request. */
class PanicModesTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  /** The reason for which no endpoint accepts a request. */
  enum Reason {
    BREAKER,
    PUSHBACK,
    EJECTION,
    HEALTH
  }

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final ScriptedHealth health = new ScriptedHealth();

  private FailoverGroup<String> group(PanicMode mode, Reason reason, RetryPolicy.Builder retry) {
    var endpoints = EndpointPolicy.builder();
    if (reason == Reason.BREAKER) {
      endpoints.breaker(
          CircuitBreaker.builder().openFor(Duration.ofSeconds(10), Duration.ofSeconds(10)));
      endpoints.maxFails(1000);
    }
    return FailoverGroup.<String>builder("modes")
        .line(line("a", 0))
        .line(line("b", 1))
        .lines(LinePolicy.builder().panic(mode, 0.1).build())
        .endpoints(endpoints.build())
        .health(health)
        .retry(retry.budget(10, 1000).build())
        .ticker(ticker)
        .scheduler(scheduler)
        .seed(1)
        .build();
  }

  private static Line<String> line(String id, int priority) {
    var endpoints = new ArrayList<Endpoint<String>>();
    for (int i = 0; i < 5; i++) {
      endpoints.add(Endpoint.of(id + i, id + i));
    }
    return new Line<>(id, priority, endpoints);
  }

  /** Makes all endpoints reject. */
  private void reject(FailoverGroup<String> group, Reason reason) {
    for (int round = 0; round < 200; round++) {
      ticker.advanceNanos(1_000_000);
      Attempts<String> attempts = group.begin(true);
      for (Lease<String> lease = attempts.next(); lease != null; lease = attempts.next()) {
        switch (reason) {
          case PUSHBACK -> lease.pushBack(Duration.ofSeconds(10), 429);
          case HEALTH -> lease.close();
          default -> lease.end(Outcome.FAILURE, 500);
        }
      }
    }
    if (reason == Reason.HEALTH) {
      for (int i = 0; i < 5; i++) {
        health.set("a" + i, Health.UNHEALTHY);
        health.set("b" + i, Health.UNHEALTHY);
      }
    }
  }

  private static Map<String, Integer> byLine(List<String> served) {
    var lines = new TreeMap<String, Integer>();
    served.forEach(id -> lines.merge(id.substring(0, 1), 1, Integer::sum));
    return lines;
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void spread_allReject_selectUsesBothLines(Reason reason) {
    try (FailoverGroup<String> group =
        group(PanicMode.SPREAD, reason, RetryPolicy.builder().maxAttempts(10))) {
      reject(group, reason);
      var served = new ArrayList<String>();
      for (int i = 0; i < 200; i++) {
        Lease<String> lease = requireNonNull(group.select(new SelectContext()));
        served.add(lease.payload());
        lease.close();
      }
      assertThat(byLine(served).get("a")).as("%s", served).isBetween(60, 140);
      assertThat(group.snapshot().panicking()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SPREAD, BREAKER", "SPREAD, PUSHBACK", "SPREAD, EJECTION", "SPREAD, HEALTH",
    "FAIL_OPEN, BREAKER", "FAIL_OPEN, PUSHBACK", "FAIL_OPEN, EJECTION", "FAIL_OPEN, HEALTH"
  })
  void execute_allReject_servesEveryRequest(PanicMode mode, Reason reason) throws Exception {
    try (FailoverGroup<String> group = group(mode, reason, RetryPolicy.builder().maxAttempts(10))) {
      reject(group, reason);
      var served = new ArrayList<String>();
      for (int i = 0; i < 50; i++) {
        served.add(group.execute(new SelectContext(), WITHIN, Lease::payload));
        CompletableFuture<String> result =
            group.executeAsync(
                false, WITHIN, lease -> CompletableFuture.completedFuture(lease.payload()));
        served.add(result.join());
      }
      assertThat(served).hasSize(100);
    }
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void reject_allReject_executeFailsWithoutACall(Reason reason) {
    try (FailoverGroup<String> group =
        group(PanicMode.REJECT, reason, RetryPolicy.builder().maxAttempts(10))) {
      reject(group, reason);
      assertThatThrownBy(() -> group.execute(true, Lease::payload))
          .isInstanceOf(NoEndpointException.class);
      CompletableFuture<String> result =
          group.executeAsync(
              true, WITHIN, lease -> CompletableFuture.completedFuture(lease.payload()));
      assertThatThrownBy(result::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(NoEndpointException.class);
    }
  }

  @Test
  void executeAsync_allPushedBackAndTheFirstHangs_isHedgedOnAnother() {
    RetryPolicy.Builder hedged =
        RetryPolicy.builder()
            .maxAttempts(3)
            .hedge(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1));
    try (FailoverGroup<String> group = group(PanicMode.FAIL_OPEN, Reason.PUSHBACK, hedged)) {
      for (int i = 0; i < 100; i++) { // deposits for hedges
        requireNonNull(group.begin(true).next()).succeed(200);
      }
      reject(group, Reason.PUSHBACK);
      var used = new ArrayList<String>();
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                used.add(lease.payload());
                return used.size() == 1
                    ? new CompletableFuture<>()
                    : CompletableFuture.completedFuture(lease.payload());
              });
      scheduler.advance(Duration.ofMillis(100));
      assertThat(result).isCompletedWithValue(used.get(1));
      assertThat(used).doesNotHaveDuplicates();
    }
  }

  /**
   * All endpoints fail for a minute, then a single one works. Requests find it within one trial
   * interval, which is 10 s of ejection, of an open breaker or of pushback; with a health signal as
   * soon as the signal reports it.
   */
  @ParameterizedTest
  @CsvSource({
    "FAIL_OPEN, SAME_LINE_FIRST, EJECTION", "FAIL_OPEN, NEXT_LINE_FIRST, EJECTION",
    "SPREAD, SAME_LINE_FIRST, EJECTION", "SPREAD, NEXT_LINE_FIRST, EJECTION",
    "REJECT, SAME_LINE_FIRST, EJECTION", "REJECT, NEXT_LINE_FIRST, EJECTION",
    "FAIL_OPEN, SAME_LINE_FIRST, BREAKER", "FAIL_OPEN, NEXT_LINE_FIRST, BREAKER",
    "SPREAD, SAME_LINE_FIRST, BREAKER", "SPREAD, NEXT_LINE_FIRST, BREAKER",
    "REJECT, SAME_LINE_FIRST, BREAKER", "REJECT, NEXT_LINE_FIRST, BREAKER",
    "FAIL_OPEN, SAME_LINE_FIRST, PUSHBACK", "FAIL_OPEN, NEXT_LINE_FIRST, PUSHBACK",
    "SPREAD, SAME_LINE_FIRST, PUSHBACK", "REJECT, SAME_LINE_FIRST, PUSHBACK",
    "FAIL_OPEN, SAME_LINE_FIRST, HEALTH", "SPREAD, SAME_LINE_FIRST, HEALTH",
    "REJECT, SAME_LINE_FIRST, HEALTH"
  })
  void next_oneEndpointWorksAgain_isFoundWithinATrialInterval(
      PanicMode mode, RetryPolicy.Order order, Reason reason) {
    RetryPolicy.Builder retry = RetryPolicy.builder().maxAttempts(3).order(order);
    try (FailoverGroup<String> group = group(mode, reason, retry)) {
      int firstGood = -1;
      int failedAfter = 0;
      for (int ms = 0; ms < 40_000; ms++) {
        ticker.advanceNanos(5_000_000);
        boolean works = ms >= 14_000;
        if (reason == Reason.HEALTH && ms % 14_000 == 0) {
          reject(group, reason);
          health.set("a3", ms == 0 ? Health.UNHEALTHY : Health.HEALTHY);
        }
        boolean ok = false;
        Attempts<String> attempts = group.begin(true);
        for (Lease<String> lease = attempts.next(); lease != null; ) {
          ok = works && lease.payload().equals("a3");
          end(lease, ok, reason);
          lease = ok ? null : attempts.next();
        }
        firstGood = ok && firstGood < 0 ? ms : firstGood;
        failedAfter += firstGood >= 0 && !ok ? 1 : 0;
      }
      assertThat(firstGood).as("the first success").isBetween(14_000, 16_200);
      assertThat(failedAfter).as("failures after the first success").isLessThan(2_600);
    }
  }

  private static void end(Lease<String> lease, boolean ok, Reason reason) {
    if (ok) {
      lease.succeed(200);
    } else if (reason == Reason.PUSHBACK) {
      lease.pushBack(Duration.ofSeconds(10), 429);
    } else {
      lease.end(Outcome.CONNECT_FAILURE, 0);
    }
  }

  @Test
  void execute_callFailsInPanic_isRetriedOnTheOtherEndpoints() throws Exception {
    try (FailoverGroup<String> group =
        group(PanicMode.FAIL_OPEN, Reason.PUSHBACK, RetryPolicy.builder().maxAttempts(10))) {
      reject(group, Reason.PUSHBACK);
      var tried = new ArrayList<String>();
      String served =
          group.execute(
              true,
              lease -> {
                tried.add(lease.payload());
                if (!lease.payload().equals("b4")) {
                  throw new IOException("reset");
                }
                return lease.payload();
              });
      assertThat(served).isEqualTo("b4");
      assertThat(tried).doesNotHaveDuplicates();
    }
  }
}
