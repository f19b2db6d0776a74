package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
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

@SuppressWarnings("FutureReturnValueIgnored") // what matters is in the lists and futures kept
class CachingResolverTest {
  private static final String HOST = "chat.example.test";

  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<CompletableFuture<Resolution>> asked = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final CachingResolver resolver = resolver(10_000);

  private CachingResolver resolver(int maxEntries) {
    return CachingResolver.of(
            (host, network) -> {
              var answer = new CompletableFuture<Resolution>();
              asked.add(answer);
              return answer;
            })
        .ticker(ticker)
        .scheduler(scheduler)
        .maxEntries(maxEntries)
        .keepStale(Duration.ofHours(1))
        .listener(
            new ResolverListener() {
              @Override
              public void onAnswer(
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
  void fresh_isAskedOnce() {
    CompletableFuture<Resolution> first = resolve();
    CompletableFuture<Resolution> second =
        resolver.resolve("CHAT.example.TEST", "wifi").toCompletableFuture();
    assertThat(asked).as("one question at a time").hasSize(1);
    first.cancel(false);
    asked.get(0).complete(answer("192.0.2.1", 60));

    assertThat(second).as("another's cancelling is his own affair").isCompleted();
    scheduler.advance(Duration.ofSeconds(59));
    resolved("192.0.2.1");
    assertThat(asked).hasSize(1);
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void stale_isGivenWhileANewAnswerIsFetched() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofSeconds(60));
    resolved("192.0.2.1");
    resolved("192.0.2.1");
    assertThat(asked).hasSize(2);
    asked.get(1).complete(answer("192.0.2.2", 60));

    resolved("192.0.2.2");
    assertThat(events).containsExactly("wifi 192.0.2.1", "wifi 192.0.2.2");
  }

  @DisplayName(
      "R-26, R-27: failure, keeps the last good answer, and the same answer after it is noticed")
  @Test
  void failureKeepsTheLastGoodAnswer_sameAnswerAfterItIsNoticed() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofSeconds(60));
    resolved("192.0.2.1");
    asked.get(1).completeExceptionally(new UnknownHostException("SERVFAIL"));
    resolved("192.0.2.1");
    assertThat(asked).as("not asked again at once").hasSize(2);
    scheduler.advance(Duration.ofSeconds(1));
    resolved("192.0.2.1");
    asked.get(2).complete(answer("192.0.2.1", 60));

    assertThat(events)
        .containsExactly("wifi 192.0.2.1", "failed, still 192.0.2.1", "wifi 192.0.2.1");
  }

  @Test
  void tooStale_isNotGiven() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 60));
    scheduler.advance(Duration.ofMinutes(61));

    assertThat(resolve()).isNotDone();
  }

  @Test
  void failure_isRememberedForDoublingTimes() {
    resolve();
    asked.get(0).completeExceptionally(new UnknownHostException("NXDOMAIN"));
    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      int before = asked.size();
      assertThat(resolve()).isCompletedExceptionally();
      scheduler.advance(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(resolve()).isCompletedExceptionally();
      assertThat(asked).hasSize(before);
      scheduler.advance(Duration.ofNanos(1));
      assertThat(resolve()).isNotDone();
      asked.get(before).completeExceptionally(new UnknownHostException("NXDOMAIN"));
    }
  }

  @Test
  void noAnswer_timesOut() {
    CompletableFuture<Resolution> result = resolve();
    scheduler.advance(Duration.ofSeconds(3));

    assertThatThrownBy(result::join)
        .hasCauseInstanceOf(TimeoutException.class)
        .hasMessageContaining("no answer for chat.example.test within 3000 ms");
  }

  @Test
  void networks_areToldApart() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 60));
    resolver.resolve(HOST, "mobile");
    asked.get(1).complete(answer("192.0.2.9", 60));

    resolved("192.0.2.1");
    resolver.forget("wifi");
    assertThat(resolve()).isNotDone();
  }

  @Test
  void full_forgetsTheNameUsedLeastRecently() {
    CachingResolver two = resolver(2);
    for (String host : List.of("a", "b", "a", "c")) {
      two.resolve(host, "");
      asked.get(asked.size() - 1).complete(answer("192.0.2.1", 60));
    }
    int before = asked.size();
    two.resolve("a", "");
    assertThat(asked).hasSize(before);
    two.resolve("b", "");
    assertThat(asked).hasSize(before + 1);
  }

  @Test
  void ttl_isBounded() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 0));
    scheduler.advance(Duration.ofMillis(999));
    resolve();
    assertThat(asked).as("at least a second").hasSize(1);
    scheduler.advance(Duration.ofMillis(1));
    resolve();
    assertThat(asked).hasSize(2);
    asked.get(1).complete(answer("192.0.2.1", 1_000_000));
    scheduler.advance(Duration.ofHours(1));
    resolve();
    assertThat(asked).as("at most an hour").hasSize(3);
  }

  @DisplayName("R-97: addresses keep the name")
  @Test
  void addressesKeepTheName() {
    resolve();
    asked.get(0).complete(answer("192.0.2.1", 60));

    assertThat(resolve().join().addresses().get(0).getHostName()).isEqualTo(HOST);
  }

  @Test
  void builtInList_answersWhenAllElseFails() throws Exception {
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
  void closed_failsUnlessItKnows() {
    var own = CachingResolver.of((host, network) -> new CompletableFuture<>()).build();
    own.close();

    assertThat(own.resolve(HOST, "").toCompletableFuture()).isCompletedExceptionally();
  }

  @Test
  void badValues_areRefused() {
    CachingResolver.Builder builder = CachingResolver.of((host, network) -> asked.get(0));
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
