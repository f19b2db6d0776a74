// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The builders refuse a setting that is made twice. */
class BuilderTest {
  /** Methods that add to a list. */
  private static final Set<String> ADDING =
      Set.of("fixed", "sliding", "slidingEstimate", "calendar", "exempt", "add");

  private static final Map<Class<?>, Object> VALUES =
      Map.ofEntries(
          Map.entry(Limit.class, Limit.perSecond(1)),
          Map.entry(io.gatewaykit.api.Ticker.class, new ManualTicker()),
          Map.entry(InstantSource.class, InstantSource.system()),
          Map.entry(Duration.class, Duration.ofSeconds(2)),
          Map.entry(int.class, 2),
          Map.entry(long.class, 2L),
          Map.entry(boolean.class, true),
          Map.entry(OverflowPolicy.class, OverflowPolicy.REJECT),
          Map.entry(LimitResolver.class, (LimitResolver<Object>) key -> null),
          Map.entry(ToLongFunction.class, (ToLongFunction<Object>) Object::hashCode),
          Map.entry(AdaptiveLimit.class, AdaptiveLimit.between(2, 1, 3)),
          Map.entry(Function.class, (Function<Object, Object>) request -> request),
          Map.entry(FailureMode.class, FailureMode.FAIL_OPEN),
          Map.entry(HeaderStyle.class, HeaderStyle.BOTH),
          Map.entry(ActualCost.class, ActualCost.header("x")),
          Map.entry(BiFunction.class, (BiFunction<Object, Object, Object>) (a, b) -> a));

  private static Stream<Arguments> setters() {
    return Stream.<Supplier<Object>>of(
            LeakyBucket::builder,
            KeyedLeakyBucket::builder,
            () -> WindowCounter.builder().fixed(Limit.perSecond(1)),
            ConcurrencyLimiter::builder,
            () ->
                RateLimitGuard.builder(
                    "n", LeakyBucket.builder().limit(Limit.perSecond(1)).build().asLimiter()))
        .flatMap(builder ->
            Arrays.stream(builder.get().getClass().getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> !method.isBridge() && !method.isSynthetic())
                .filter(method -> !method.getName().equals("build"))
                .filter(method -> !ADDING.contains(method.getName()))
                .map(method -> Arguments.of(builder, method)));
  }

  @ParameterizedTest
  @MethodSource("setters")
  void setter_calledTwice_isRejected(Supplier<Object> builder, Method setter) throws Exception {
    Object target = builder.get();
    Object[] values =
        Arrays.stream(setter.getParameterTypes()).map(VALUES::get).toArray(Object[]::new);
    assertThat(values).as("a value for each parameter").doesNotContainNull();
    assertThat(setter.invoke(target, values)).isSameAs(target);
    assertThatThrownBy(() -> setter.invoke(target, values))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(setter.getName() + ": ")
        .hasMessageContaining("expected: set once");
  }

  @Test
  void setters_areAtMostTwelve() {
    var names = new HashSet<String>();
    setters()
        .map(arguments -> (Method) arguments.get()[1])
        .forEach(method -> names.add(method.getDeclaringClass() + " " + method.getName()));
    assertThat(names).hasSizeGreaterThan(20);
    names.stream()
        .map(name -> name.substring(0, name.lastIndexOf(' ')))
        .distinct()
        .forEach(type ->
            assertThat(names.stream().filter(name -> name.startsWith(type + " ")).count())
                .as(type)
                .isLessThanOrEqualTo(12));
  }

  @Test
  void concurrency_fixedAndAdaptive_excludeEachOther() {
    assertRejected(
        () -> ConcurrencyLimiter.builder().max(1).adaptive(AdaptiveLimit.between(2, 1, 3)));
    assertRejected(
        () -> ConcurrencyLimiter.builder().adaptive(AdaptiveLimit.between(2, 1, 3)).max(1));
  }

  private static void assertRejected(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("both set (expected: only one)");
  }
}
