// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A null argument is rejected immediately, with the name of the parameter. */
@SuppressWarnings("NullAway")
class NullArgumentsTest {
  private static final KeyedLeakyBucket<Object> BUCKET =
      KeyedLeakyBucket.builder().limit(Limit.perSecond(1)).build();
  private static final ConcurrencyLimiter<Object> PERMITS =
      ConcurrencyLimiter.builder().max(1).build();

  private static Arguments row(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        row("per", () -> Limit.of(1, null)),
        row("limit", () -> LeakyBucket.builder().limit(null)),
        row("ticker", () -> LeakyBucket.builder().ticker(null)),
        row("warmUp", () -> LeakyBucket.builder().warmUp(null, 2)),
        row("limit", () -> KeyedLeakyBucket.builder().limit(null)),
        row("resolver", () -> KeyedLeakyBucket.builder().limits(null)),
        row("ticker", () -> KeyedLeakyBucket.builder().ticker(null)),
        row("policy", () -> KeyedLeakyBucket.builder().overflow(null)),
        row("keyHash", () -> KeyedLeakyBucket.builder().keyHash(null)),
        row("limit", () -> BUCKET.reconfigure(null)),
        row("limit", () -> WindowCounter.builder().fixed(null)),
        row("limit", () -> WindowCounter.builder().sliding(null)),
        row("limit", () -> WindowCounter.builder().slidingEstimate(null)),
        row("unit", () -> WindowCounter.builder().calendar(1, null, ZoneId.of("UTC"))),
        row("zone", () -> WindowCounter.builder().calendar(1, ChronoUnit.DAYS, null)),
        row("resolver", () -> WindowCounter.builder().fixed(Limit.perSecond(1)).limits(null)),
        row("keyHash", () -> WindowCounter.builder().keyHash(null)),
        row("policy", () -> WindowCounter.builder().overflow(null)),
        row("ticker", () -> WindowCounter.builder().ticker(null)),
        row("clock", () -> WindowCounter.builder().clock(null)),
        row(
            "limit",
            () -> WindowCounter.builder().fixed(Limit.perSecond(1)).build().reconfigure(null)),
        row("name", () -> CompositeLimiter.builder().add(null, BUCKET)),
        row("limiter", () -> CompositeLimiter.builder().add("x", null)),
        row("name", () -> CompositeLimiter.builder().add(null, BUCKET, key -> key)),
        row("limiter", () -> CompositeLimiter.builder().add("x", null, key -> key)),
        row("key", () -> CompositeLimiter.builder().add("x", BUCKET, null)),
        row("latency", () -> ConcurrencyLimiter.builder().usualLatency(null)),
        row("maxHold", () -> ConcurrencyLimiter.builder().maxHold(null)),
        row("ticker", () -> ConcurrencyLimiter.builder().ticker(null)),
        row("limit", () -> ConcurrencyLimiter.builder().adaptive(null)),
        row("timeout", () -> PERMITS.acquire("k", 0, null)),
        row("scheduler", () -> PERMITS.acquireAsync("k", 0, Duration.ZERO, null)),
        row("name", () -> ConcurrencyGuard.of(null, PERMITS)),
        row("limiter", () -> ConcurrencyGuard.of("x", null)),
        row("key", () -> ConcurrencyGuard.of("x", PERMITS, null)),
        row("name", () -> RateLimitGuard.builder(null, BUCKET)),
        row("limiter", () -> RateLimitGuard.builder("x", null)),
        row("key", () -> RateLimitGuard.builder("x", BUCKET).key(null)),
        row("cidrs", () -> RateLimitGuard.builder("x", BUCKET).exempt((String[]) null)),
        row("cidr", () -> RateLimitGuard.builder("x", BUCKET).exempt((String) null)),
        row("failureMode", () -> RateLimitGuard.builder("x", BUCKET).failureMode(null)),
        row("headers", () -> RateLimitGuard.builder("x", BUCKET).headers(null)),
        row("cost", () -> RateLimitGuard.builder("x", BUCKET).cost(null)),
        row("actualCost", () -> RateLimitGuard.builder("x", BUCKET).settle(null)),
        row("rejection", () -> RateLimitGuard.builder("x", BUCKET).rejection(null)),
        row("limiter", () -> MonitoredLimiter.of(null)),
        row("listener", () -> MonitoredLimiter.of(BUCKET, null)),
        row("limiter", () -> MonitoredLimiter.shadow(null, new RateLimitListener<>() {})),
        row("name", () -> RequestKey.header(null)),
        row("name", () -> ActualCost.header(null)),
        row("key", () -> ActualCost.attribute(null)),
        row("member", () -> ActualCost.jsonMember(null)),
        row("maxDelay", () -> BUCKET.reserve("k", 1, null)),
        row("timeout", () -> BUCKET.acquire("k", 1, null)),
        row("scheduler", () -> BUCKET.acquireAsync("k", 1, Duration.ofSeconds(1), null)),
        row("action", () -> BUCKET.execute("k", 1, Duration.ofSeconds(1), null)),
        row("decision", () -> Reservation.rejected(null)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_null_isNamed(String name, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
  }
}
