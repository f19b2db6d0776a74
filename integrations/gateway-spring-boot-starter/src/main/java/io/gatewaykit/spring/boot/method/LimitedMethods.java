// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.spring.boot.method.LimitedMethod.Returns;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** The methods with limits. Thread-safe. Bounded by the number of methods. */
final class LimitedMethods {
  private static final String PRINCIPAL = "principal";
  private static final String ALL = "all";

  private final Supplier<LimiterRegistry> registry;
  private final Map<MethodClassKey, LimitedMethod> methods = new ConcurrentHashMap<>();

  /**
   * Creates an empty cache.
   *
   * @param registry called when the first method is resolved
   */
  LimitedMethods(Supplier<LimiterRegistry> registry) {
    this.registry = registry;
  }

  /** Returns the annotations that apply to a method; those of a class apply to its public ones. */
  static Collection<RateLimited> annotations(Method method, Class<?> targetClass) {
    Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
    Collection<RateLimited> own = declared(specific);
    if (!own.isEmpty()
        || !Modifier.isPublic(specific.getModifiers())
        || Modifier.isStatic(specific.getModifiers())
        || specific.isSynthetic()
        || ReflectionUtils.isObjectMethod(specific)) {
      return own;
    }
    return AnnotatedElementUtils.findMergedRepeatableAnnotations(
        ClassUtils.getUserClass(targetClass), RateLimited.class, RateLimited.All.class);
  }

  /** Returns the annotations of the method itself, or of the one that it implements. */
  static Collection<RateLimited> declared(Method method) {
    return AnnotatedElementUtils.findMergedRepeatableAnnotations(
        method, RateLimited.class, RateLimited.All.class);
  }

  /**
   * Returns the limits of a method, resolved by the first call.
   *
   * @throws RateLimitedUsageException if an annotation is wrong
   */
  LimitedMethod get(Method method, Class<?> targetClass) {
    var key = new MethodClassKey(method, targetClass);
    LimitedMethod known = methods.get(key);
    return known == null
        ? methods.computeIfAbsent(key, absent -> resolve(method, targetClass))
        : known;
  }

  private LimitedMethod resolve(Method method, Class<?> targetClass) {
    Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
    return new LimitedMethod(
        annotations(method, targetClass).stream()
            .map(annotation -> limit(annotation, specific, targetClass))
            .toList(),
        returns(specific));
  }

  private MethodLimit limit(RateLimited annotation, Method method, Class<?> targetClass) {
    if (annotation.cost() < 1) {
      throw new RateLimitedUsageException(
          method, "cost: " + annotation.cost() + " (expected: at least 1)");
    }
    List<String> words =
        annotation.key().length == 0 ? List.of(PRINCIPAL) : Arrays.asList(annotation.key());
    var paths = new ArrayList<KeyPath>();
    for (String word : words) {
      if (!word.equals(PRINCIPAL) && !word.equals(ALL)) {
        paths.add(KeyPath.of(word, method, targetClass));
      }
    }
    return new MethodLimit(
        annotation.value(),
        limiter(annotation.value(), method),
        paths,
        words.contains(PRINCIPAL),
        targetClass.getName() + "." + method.getName(),
        annotation.cost(),
        annotation.onReject() == OnReject.DELAY ? maxWait(annotation, method) : Duration.ZERO,
        fallback(annotation, method, targetClass));
  }

  private RateLimiter<Object> limiter(String name, Method method) {
    LimiterRegistry limiters = registry.get();
    RateLimiter<Object> limiter = limiters.limiter(name);
    if (limiter == null) {
      throw new RateLimitedUsageException(
          method,
          "limit: "
              + name
              + " (expected: "
              + (limiters.names().isEmpty()
                  ? "a limit gatewaykit.ratelimit." + name
                  : "one of " + String.join(", ", limiters.names()))
              + ")");
    }
    return limiter;
  }

  private static Duration maxWait(RateLimited annotation, Method method) {
    Duration wait;
    try {
      wait = DurationStyle.detectAndParse(annotation.maxWait());
    } catch (IllegalArgumentException e) {
      wait = Duration.ZERO;
    }
    if (wait.isZero() || wait.isNegative()) {
      throw new RateLimitedUsageException(
          method, "maxWait: " + annotation.maxWait() + " (expected: a time such as 500ms or 2s)");
    }
    return wait;
  }

  private static @Nullable Method fallback(
      RateLimited annotation, Method method, Class<?> targetClass) {
    if (annotation.onReject() != OnReject.FALLBACK) {
      if (!annotation.fallback().isEmpty()) {
        throw new RateLimitedUsageException(
            method, "fallback: " + annotation.fallback() + " (expected: onReject = FALLBACK)");
      }
      return null;
    }
    Method fallback =
        ReflectionUtils.findMethod(targetClass, annotation.fallback(), method.getParameterTypes());
    if (fallback == null
        || fallback.equals(method)
        || !ClassUtils.isAssignable(method.getReturnType(), fallback.getReturnType())) {
      throw new RateLimitedUsageException(
          method,
          "fallback: "
              + annotation.fallback()
              + " (expected: a method of this class with the same parameters and result)");
    }
    ReflectionUtils.makeAccessible(fallback);
    return fallback;
  }

  private static Returns returns(Method method) {
    Class<?> type = method.getReturnType();
    if (CompletionStage.class.isAssignableFrom(type)) {
      if (!type.isAssignableFrom(CompletableFuture.class)) {
        throw new RateLimitedUsageException(
            method,
            "result: " + type.getName() + " (expected: CompletionStage or CompletableFuture)");
      }
      return Returns.STAGE;
    }
    ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
    return adapter != null || KotlinDetector.isSuspendingFunction(method)
        ? Returns.PUBLISHER
        : Returns.DIRECTLY;
  }
}
