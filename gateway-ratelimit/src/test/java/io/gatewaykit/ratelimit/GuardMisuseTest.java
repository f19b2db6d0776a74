// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Keys and costs that a limiter does not support are rejected, and logged once for each guard. */
class GuardMisuseTest {
  private static final Limit LIMIT = Limit.perSecond(100).burst(100);

  private final Logger logger = (Logger) LoggerFactory.getLogger(LimiterMisuse.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(logged);
  }

  private static KeyedLeakyBucket.Builder<Object> keyed() {
    return KeyedLeakyBucket.builder().limit(LIMIT);
  }

  static Stream<Named<RateLimiter<?>>> hashing() {
    return Stream.of(
        Named.of("table", keyed().build()),
        Named.of("windows", WindowCounter.builder().fixed(LIMIT.burst(0)).build()),
        Named.of("reserved", keyed().build().withReserved(3)),
        Named.of("monitored", MonitoredLimiter.of(keyed().build())),
        Named.of("composite", CompositeLimiter.builder().add("part", keyed().build()).build()),
        Named.of(
            "addresses",
            KeyedLeakyBucket.<InetAddress>builder()
                .limit(LIMIT)
                .keyHash(address -> address.getAddress()[0])
                .build()));
  }

  static Stream<Named<RateLimiter<?>>> limiters() {
    return Stream.concat(
        hashing(),
        Stream.of(
            Named.of("exact keys", keyed().exactKeys().build()),
            Named.of("single", LeakyBucket.builder().limit(LIMIT).build().asLimiter())));
  }

  @ParameterizedTest
  @MethodSource("hashing")
  void onHead_keyOfUnsupportedType_isRejectedAndLoggedOnce(RateLimiter<?> limiter) {
    RateLimitGuard guard =
        RateLimitGuard.builder("x", limiter).key(request -> Stream.of(1)).build();
    assertRejected(GuardChain.of(guard));
    assertThat(guard.allowed() + guard.delayed() + guard.rejected()).isZero();
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void onHead_negativeCost_isRejectedAndLoggedOnce(RateLimiter<?> limiter) throws Exception {
    InetAddress key = InetAddress.getByAddress(new byte[] {1, 2, 3, 4});
    assertRejected(
        GuardChain.of(
            RateLimitGuard.builder("x", limiter).key(request -> key).cost(r -> -1).build()));
    assertThat(logged.list.get(0).getFormattedMessage()).contains("cost: -1 (expected: >= 0)");
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void onHead_negativeCostWithSettlement_isRejectedAndLoggedOnce(RateLimiter<?> limiter)
      throws Exception {
    InetAddress key = InetAddress.getByAddress(new byte[] {1, 2, 3, 4});
    assertRejected(
        GuardChain.of(
            RateLimitGuard.builder("x", limiter)
                .key(request -> key)
                .cost(request -> Long.MIN_VALUE)
                .settle(ActualCost.header("used"))
                .build()));
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void onHead_costZero_onlyQueries(RateLimiter<?> limiter) throws Exception {
    InetAddress key = InetAddress.getByAddress(new byte[] {1, 2, 3, 4});
    GuardChain chain =
        GuardChain.of(
            RateLimitGuard.builder("x", limiter).key(request -> key).cost(r -> 0).build());
    for (int i = 0; i < 300; i++) {
      assertThat(chain.begin().head(RequestHead.builder("GET", "/").build()))
          .isInstanceOf(Verdict.Allow.class);
    }
    assertThat(logged.list).isEmpty();
  }

  @Test
  void concurrencyGuard_keyOfUnsupportedType_isRejectedAndLoggedOnce() {
    PermitSource<Object> textOnly =
        new PermitSource<>() {
          @Override
          public CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(Object key) {
            throw new IllegalArgumentException("key: " + key + " (expected: text)");
          }

          @Override
          public Duration usualLatency() {
            return Duration.ofMillis(1);
          }
        };
    assertRejected(GuardChain.of(ConcurrencyGuard.of("x", textOnly, request -> new Object())));
  }

  @Test
  void concurrencyGuard_remoteRejectsTheKeyLater_isRejectedAndLoggedOnce() {
    PermitSource<Object> textOnly =
        new PermitSource<>() {
          @Override
          public CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(Object key) {
            return CompletableFuture.failedFuture(new ClassCastException("no text: " + key));
          }

          @Override
          public Duration usualLatency() {
            return Duration.ofMillis(1);
          }
        };
    assertRejected(GuardChain.of(ConcurrencyGuard.of("x", textOnly, request -> new Object())));
  }

  private void assertRejected(GuardChain chain) {
    for (int i = 0; i < 100; i++) {
      Verdict verdict = chain.begin().head(RequestHead.builder("GET", "/").build());
      if (verdict instanceof Verdict.Pending pending) {
        verdict = pending.verdict().toCompletableFuture().join();
      }
      assertThat(verdict)
          .isInstanceOfSatisfying(
              Verdict.Reject.class,
              reject -> assertThat(reject.rejection().status()).isEqualTo(503));
    }
    assertThat(logged.list)
        .extracting(
            ILoggingEvent::getLevel, event -> event.getFormattedMessage().startsWith("guard x: "))
        .containsExactly(tuple(Level.ERROR, true));
  }
}
