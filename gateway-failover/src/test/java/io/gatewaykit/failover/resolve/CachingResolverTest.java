// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class CachingResolverTest {
  private static final String HOST = "chat.example.test";

  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<CompletableFuture<Resolution>> lookups = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final CachingResolver resolver = resolver(10_000);

  private CachingResolver resolver(int maxEntries) {
    return CachingResolver.builder(
            (host, network) -> {
              var answer = new CompletableFuture<Resolution>();
              lookups.add(answer);
              return answer;
            })
        .ticker(ticker)
        .scheduler(scheduler)
        .maxEntries(maxEntries)
        .keepStale(Duration.ofHours(1))
        .listener(
            new ResolverListener() {
              @Override
              public void onResolution(
                  String network, Resolution resolution, @Nullable Resolution before) {
                events.add(network + " " + last(resolution));
              }

              @Override
              public void onFailure(
                  String host, String network, Throwable failure, @Nullable Resolution stillUsed) {
                events.add("failed, still " + (stillUsed == null ? "nothing" : last(stillUsed)));
              }
            })
        .build();
  }

  private static String last(Resolution resolution) {
    return requireNonNull(resolution.addresses().get(0).getHostAddress());
  }

  private static Resolution answer(String address, int ttlSeconds) {
    try {
      return new Resolution(
          HOST, List.of(InetAddress.getByName(address)), Duration.ofSeconds(ttlSeconds), "test");
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private CompletableFuture<Resolution> resolve() {
    return resolver.resolve(HOST, "wifi").toCompletableFuture();
  }

  private void resolved(String address) {
    assertThat(resolve()).isCompletedWithValueMatching(r -> last(r).equals(address));
  }

  @Test
  void fresh_isResolvedOnce() {
    CompletableFuture<Resolution> first = resolve();
    CompletableFuture<Resolution> second =
        resolver.resolve("CHAT.example.TEST", "wifi").toCompletableFuture();
    assertThat(lookups).as("one lookup at a time").hasSize(1);
    first.cancel(false);
    lookups.get(0).complete(answer("192.0.2.1", 60));

    assertThat(second).as("cancelling one result does not affect others").isCompleted();
    scheduler.advance(Duration.ofSeconds(59));
    resolved("192.0.2.1");
    assertThat(lookups).hasSize(1);
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void stale_isServedWhileRevalidating() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofSeconds(60));
    resolved("192.0.2.1");
    resolved("192.0.2.1");
    assertThat(lookups).hasSize(2);
    lookups.get(1).complete(answer("192.0.2.2", 60));

    resolved("192.0.2.2");
    assertThat(events).containsExactly("wifi 192.0.2.1", "wifi 192.0.2.2");
  }

  @DisplayName(
      "R-26, R-27: a failure retains the last result, and recovery with an equal result is reported")
  @Test
  void failure_retainsTheLastResult_recoveryIsReported() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofSeconds(60));
    resolved("192.0.2.1");
    lookups.get(1).completeExceptionally(new UnknownHostException("SERVFAIL"));
    resolved("192.0.2.1");
    assertThat(lookups).as("no immediate second lookup").hasSize(2);
    scheduler.advance(Duration.ofSeconds(1));
    resolved("192.0.2.1");
    lookups.get(2).complete(answer("192.0.2.1", 60));

    assertThat(events)
        .containsExactly("wifi 192.0.2.1", "failed, still 192.0.2.1", "wifi 192.0.2.1");
  }

  @Test
  void tooStale_isNotServed() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofMinutes(61));

    assertThat(resolve()).isNotDone();
  }

  @Test
  void failure_isCachedForDoublingTimes() {
    resolve();
    lookups.get(0).completeExceptionally(new UnknownHostException("NXDOMAIN"));
    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      int before = lookups.size();
      assertThat(resolve()).isCompletedExceptionally();
      scheduler.advance(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(resolve()).isCompletedExceptionally();
      assertThat(lookups).hasSize(before);
      scheduler.advance(Duration.ofNanos(1));
      assertThat(resolve()).isNotDone();
      lookups.get(before).completeExceptionally(new UnknownHostException("NXDOMAIN"));
    }
  }

  @Test
  void noResult_timesOut() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofSeconds(3));

    assertThatThrownBy(result::join)
        .hasCauseInstanceOf(TimeoutException.class)
        .hasMessageContaining("lookup of chat.example.test timed out after 3000 ms");
  }

  @Test
  void networks_areCachedSeparately() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 60));
    resolver.resolve(HOST, "mobile");
    lookups.get(1).complete(answer("192.0.2.9", 60));

    resolved("192.0.2.1");
    resolver.forget("wifi");
    assertThat(resolve()).isNotDone();
  }

  @Test
  void full_evictsTheLeastRecentlyUsedName() {
    CachingResolver two = resolver(2);
    for (String host : List.of("a", "b", "a", "c")) {
      two.resolve(host, "");
      lookups.get(lookups.size() - 1).complete(answer("192.0.2.1", 60));
    }
    int before = lookups.size();
    two.resolve("a", "");
    assertThat(lookups).hasSize(before);
    two.resolve("b", "");
    assertThat(lookups).hasSize(before + 1);
  }

  @Test
  void ttl_isBounded() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 0));
    scheduler.advance(Duration.ofMillis(999));
    resolve();
    assertThat(lookups).as("at least a second").hasSize(1);
    scheduler.advance(Duration.ofMillis(1));
    resolve();
    assertThat(lookups).hasSize(2);
    lookups.get(1).complete(answer("192.0.2.1", 1_000_000));
    scheduler.advance(Duration.ofHours(1));
    resolve();
    assertThat(lookups).as("at most an hour").hasSize(3);
  }

  @DisplayName("R-97: addresses retain the host name")
  @Test
  void addresses_retainTheHostName() {
    resolve();
    lookups.get(0).complete(answer("192.0.2.1", 60));

    assertThat(resolve().join().addresses().get(0).getHostName()).isEqualTo(HOST);
  }

  @Test
  void builtInList_isTheLastFallback() throws Exception {
    AddressResolver builtIn =
        AddressResolver.builtIn(Map.of(HOST, List.of(InetAddress.getByName("203.0.113.7"))));
    AddressResolver chain =
        ((AddressResolver)
                (host, network) -> {
                  throw new IllegalStateException("broken");
                })
            .orElse(builtIn);

    assertThat(chain.resolve(HOST, "").toCompletableFuture())
        .isCompletedWithValueMatching(r -> last(r).equals("203.0.113.7"));
    assertThatThrownBy(() -> chain.resolve("other.test", "").toCompletableFuture().join())
        .hasRootCauseInstanceOf(UnknownHostException.class)
        .satisfies(e -> assertThat(requireNonNull(e.getCause()).getSuppressed()).hasSize(1));
  }

  @Test
  void closed_uncachedName_fails() {
    var own = CachingResolver.builder((host, network) -> new CompletableFuture<>()).build();
    own.close();

    assertThat(own.resolve(HOST, "").toCompletableFuture()).isCompletedExceptionally();
  }

  @Test
  void invalidValues_areRejected() {
    CachingResolver.Builder builder = CachingResolver.builder((host, network) -> lookups.get(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.ttl(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .withMessage("least: PT2S (expected: <= PT1S)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.maxEntries(0))
        .withMessage("maxEntries: 0 (expected: 1..1000000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Resolution(HOST, List.of(), Duration.ZERO, "test"))
        .withMessage("addresses: none for chat.example.test (expected: at least 1)");
  }
}
