// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ExecuteAsyncTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final List<String> reports = new ArrayList<>();
  private final List<CompletableFuture<String>> calls = new ArrayList<>();
  private final FailoverGroup<String> group = group(LONG);

  @Test
  void failures_idempotent_nextEndpointThenNextLine() {
    CompletableFuture<String> result = group.executeAsync(true, LONG, this::call);
    calls.get(0).completeExceptionally(new IOException("reset"));
    calls.get(1).completeExceptionally(new CompletionException(new ConnectException("refused")));
    assertThat(result).isNotDone();
    calls.get(2).complete("fine");
    assertThat(result).isCompletedWithValue("fine");
    assertThat(reports).containsExactly("a1 FAILURE", "a2 CONNECT_FAILURE", "b SUCCESS");
  }

  @Test
  void failure_notIdempotent_isNotWrapped() {
    CompletableFuture<String> result = group.executeAsync(false, LONG, this::call);
    calls.get(0).completeExceptionally(new ConnectException("refused"));
    calls.get(1).completeExceptionally(new IOException("reset"));
    assertThatThrownBy(result::join)
        .hasCauseInstanceOf(IOException.class)
        .satisfies(e -> assertThat(requireNonNull(e.getCause()).getSuppressed()).hasSize(1));
    assertThat(calls).hasSize(2);
  }

  @Test
  void thrownByTheCall_isAFailure() {
    CompletableFuture<String> result =
        group.executeAsync(
            true,
            LONG,
            lease -> {
              if (lease.line().equals("first")) {
                throw new IOException("no socket");
              }
              return CompletableFuture.completedFuture(lease.payload());
            });
    assertThat(result).isCompletedWithValue("B");
  }

  @Test
  void errorThrown_completesImmediatelyAndCountsAgainstNoEndpoint() {
    CompletableFuture<String> result =
        group.executeAsync(
            true,
            LONG,
            lease -> {
              throw new AssertionError("a defect of the caller");
            });
    assertThatThrownBy(result::join).hasCauseInstanceOf(AssertionError.class);
    assertThat(reports).containsExactly("a1 CANCELLED");
  }

  @Test
  void cancel_cancelsTheAttemptInFlightAndStartsNoOther() {
    CompletableFuture<String> result = group.executeAsync(true, LONG, this::call);
    result.cancel(false);
    assertThat(calls).singleElement().matches(CompletableFuture::isCancelled);
    assertThat(reports).containsExactly("a1 CANCELLED");
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
  }

  @Test
  void noResponseInTime_timesOutAndCancelsTheCall() {
    CompletableFuture<String> result =
        group(Duration.ofMillis(5)).executeAsync(false, LONG, this::call);
    assertThatThrownBy(() -> result.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TimeoutException.class);
    assertThat(calls).singleElement().matches(CompletableFuture::isCancelled);
    assertThat(reports).containsExactly("a1 TIMEOUT");
  }

  private CompletableFuture<String> call(Lease<String> lease) {
    var call = new CompletableFuture<String>();
    calls.add(call);
    return call;
  }

  private FailoverGroup<String> group(Duration perTry) {
    return FailoverGroup.<String>builder("g")
        .balancer(Balancer.first())
        .line(Line.of("first", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
        .line(Line.of("second", 1, Endpoint.of("b", "B")))
        .retry(RetryPolicy.builder().perTry(perTry).build())
        .report((id, outcome, status, nanos) -> reports.add(id + " " + outcome))
        .build();
  }
}
