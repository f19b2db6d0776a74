// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One request is one call to the limiter and one count, in every configuration of a guard. */
class GuardConfigurationTest {
  private static final int REQUESTS = 11;
  private static final AttributeKey<Long> USED = AttributeKey.of("used");
  private final ManualTicker ticker = new ManualTicker();

  enum Kind {
    NODELAY,
    DELAYED,
    WINDOW,
    COMPOSITE,
    SINGLE
  }

  /** The place of a {@link MonitoredLimiter}. */
  enum Monitor {
    LIMITER,
    SHADOW
  }

  record Setup(
      Kind kind,
      Monitor monitor,
      boolean remote,
      boolean shadow,
      HeaderStyle headers,
      boolean settle,
      boolean exempt) {}

  static Stream<Setup> setups() {
    var all = new ArrayList<Setup>();
    boolean[] both = {false, true};
    for (Kind kind : Kind.values()) {
      for (Monitor monitor : Monitor.values()) {
        for (HeaderStyle headers : HeaderStyle.values()) {
          for (boolean remote : both) {
            for (boolean shadow : both) {
              for (boolean settle : both) {
                all.add(new Setup(kind, monitor, remote, shadow, headers, settle, false));
              }
            }
          }
        }
      }
      all.add(new Setup(kind, Monitor.LIMITER, true, false, HeaderStyle.BOTH, true, true));
      all.add(new Setup(kind, Monitor.LIMITER, false, true, HeaderStyle.NONE, false, true));
    }
    return all.stream();
  }

  private RateLimiter<Object> limiter(Kind kind) {
    Limit limit = Limit.of(1, Duration.ofHours(1)).burst(3).nodelay();
    return switch (kind) {
      case NODELAY -> keyed(limit);
      case DELAYED -> keyed(limit.delayAfter(1));
      case WINDOW -> counter();
      case COMPOSITE ->
          CompositeLimiter.builder().add("a", keyed(limit)).add("b", counter()).build();
      case SINGLE -> LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter();
    };
  }

  private RateLimiter<Object> keyed(Limit limit) {
    return KeyedLeakyBucket.builder().limit(limit).ticker(ticker).build();
  }

  private RateLimiter<Object> counter() {
    return WindowCounter.builder().fixed(Limit.of(4, Duration.ofHours(1))).ticker(ticker).build();
  }

  /** Records the calls that take permits. */
  @SuppressWarnings("unchecked") // the proxy forwards to a limiter of the same type
  private static RateLimiter<Object> recording(
      RateLimiter<Object> limiter, boolean remote, List<String> calls) {
    return (RateLimiter<Object>)
        Proxy.newProxyInstance(
            RateLimiter.class.getClassLoader(),
            new Class<?>[] {RateLimiter.class},
            (proxy, method, arguments) -> {
              String name = method.getName();
              if (name.equals("isRemote")) {
                return remote;
              }
              if (!name.startsWith("peek") && !name.equals("ticker")) {
                calls.add(name);
                assertThat(name.endsWith("Async")).as(name).isEqualTo(remote);
              }
              try {
                return method.invoke(limiter, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @ParameterizedTest
  @MethodSource("setups")
  void onHead_anyConfiguration_callsOnceAndCountsOnce(Setup setup) {
    List<String> calls = new ArrayList<>();
    List<Long> notified = new ArrayList<>();
    RateLimitListener<Object> listener =
        new RateLimitListener<>() {
          @Override
          public void onAdmitted(Object key, long cost, long delayNanos) {
            notified.add(delayNanos);
          }

          @Override
          public void onRejected(Object key, long cost, long retryNanos) {
            notified.add(-retryNanos);
          }
        };
    RateLimiter<Object> recording = recording(limiter(setup.kind), setup.remote, calls);
    MonitoredLimiter<Object> counted =
        setup.monitor == Monitor.SHADOW
            ? MonitoredLimiter.shadow(recording, listener)
            : MonitoredLimiter.of(recording, listener);
    RateLimitGuard guard = guard(setup, counted);
    GuardChain chain = GuardChain.of(guard);
    int rejected = 0;
    for (int i = 0; i < REQUESTS; i++) {
      rejected += isRejected(chain) ? 1 : 0;
    }
    int expected = setup.exempt ? 0 : REQUESTS;
    boolean enforced = !setup.shadow && setup.monitor != Monitor.SHADOW && !setup.exempt;
    int over = REQUESTS - 4;
    assertThat(calls).as("calls that take permits").hasSize(expected);
    assertThat(notified).hasSize(expected);
    assertThat(counted.allowed() + counted.delayed()).isEqualTo(setup.exempt ? 0 : 4);
    assertThat(counted.rejected()).isEqualTo(setup.exempt ? 0 : over);
    assertThat(counted.impossible()).isZero();
    assertThat(guard.allowed() + guard.delayed() + guard.rejected()).isEqualTo(expected);
    assertThat(guard.rejected())
        .isEqualTo(setup.exempt || setup.monitor == Monitor.SHADOW ? 0 : over);
    assertThat(rejected).isEqualTo(enforced ? over : 0);
  }

  private static RateLimitGuard guard(Setup setup, RateLimiter<Object> limiter) {
    RateLimitGuard.Builder builder =
        RateLimitGuard.builder("x", limiter)
            .key(RequestKey.global())
            .shadow(setup.shadow)
            .headers(setup.headers);
    if (setup.settle) {
      builder.settle(ActualCost.attribute(USED));
    }
    return (setup.exempt ? builder.exempt("0.0.0.0/0", "::/0") : builder).build();
  }

  private static boolean isRejected(GuardChain chain) {
    GatewayRequest request = RequestHead.builder("GET", "/").build();
    GuardSession session = chain.begin();
    Verdict verdict = session.head(request);
    if (verdict instanceof Verdict.Pending pending) {
      verdict = pending.verdict().toCompletableFuture().join();
    }
    boolean rejected = verdict instanceof Verdict.Reject;
    request.attributes().set(USED, 1L);
    session.complete(
        request,
        rejected
            ? new Completion(Completion.Kind.REJECTED, 429)
            : new Completion(Completion.Kind.SERVED, 200));
    return rejected;
  }

  @Test
  void concurrencyGuard_anyResult_callsOnceAndCountsOnce() {
    ConcurrencyLimiter<Object> limiter = ConcurrencyLimiter.builder().max(2).build();
    List<Object> calls = new ArrayList<>();
    PermitSource<Object> counted =
        new PermitSource<>() {
          @Override
          public CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(Object key) {
            calls.add(key);
            return limiter.tryAcquireAsync(key);
          }

          @Override
          public Duration usualLatency() {
            return limiter.usualLatency();
          }
        };
    ConcurrencyGuard guard = ConcurrencyGuard.of("x", counted, RequestKey.global());
    GuardChain chain = GuardChain.of(guard);
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(
              chain.begin().head(RequestHead.builder("GET", "/").build()) instanceof Verdict.Reject)
          .isEqualTo(i >= 2);
    }
    assertThat(calls).hasSize(REQUESTS);
    assertThat(guard.rejected()).isEqualTo(REQUESTS - 2);
  }
}
