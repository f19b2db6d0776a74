// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class RacingResolverTest {
  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<String> called = new ArrayList<>();
  private final CompletableFuture<Resolution> http = new CompletableFuture<>();
  private final CompletableFuture<Resolution> system = new CompletableFuture<>();
  private final RacingResolver race =
      RacingResolver.builder(resolver("http", http), resolver("system", system))
          .scheduler(scheduler)
          .build();

  private AddressResolver resolver(String name, CompletableFuture<Resolution> answer) {
    return (host, network) -> {
      called.add(name + "@" + ticker.read() / 1_000_000);
      return answer;
    };
  }

  private static Resolution from(String source) {
    return new Resolution(
        "a.test", List.of(InetAddress.getLoopbackAddress()), Duration.ofSeconds(1), source);
  }

  private CompletableFuture<Resolution> resolve() {
    return race.resolve("a.test", "").toCompletableFuture();
  }

  @Test
  void fastFirst_secondIsNotCalled() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofMillis(49));
    http.complete(from("http"));
    scheduler.advance(Duration.ofSeconds(5));

    assertThat(result).isCompletedWithValueMatching(r -> r.source().equals("http"));
    assertThat(called).containsExactly("http@0");
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void slowFirst_secondStartsAfterTheHeadStart() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofMillis(60));
    system.complete(from("system"));

    assertThat(called).containsExactly("http@0", "system@50");
    assertThat(result).isCompletedWithValueMatching(r -> r.source().equals("system"));
  }

  @Test
  void failedFirst_secondStartsImmediately() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofMillis(3));
    http.completeExceptionally(new UnknownHostException("http"));
    assertThat(called).containsExactly("http@0", "system@3");
    system.completeExceptionally(new UnknownHostException("system"));

    assertThatThrownBy(result::join)
        .hasRootCauseMessage("system")
        .satisfies(e -> assertThat(requireNonNull(e.getCause()).getSuppressed()).hasSize(1));
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void silence_timesOut() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofSeconds(3));

    assertThatThrownBy(result::join).hasCauseInstanceOf(TimeoutException.class);
  }
}
