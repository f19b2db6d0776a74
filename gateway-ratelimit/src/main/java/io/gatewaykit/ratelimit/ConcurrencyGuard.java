package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link ConcurrencyLimiter} before requests: each holds a permit from its head to its end,
 * however it ends. A refused request gets 429; a failing limiter lets requests pass.
 */
public final class ConcurrencyGuard implements Guard {
  private final String name;
  private final ConcurrencyLimiter<Object> limiter;
  private final Function<? super GatewayRequest, ? extends @Nullable Object> key;
  private final AttributeKey<ConcurrencyLimiter<Object>.Permit> held;
  private final LongAdder rejected = new LongAdder();

  private ConcurrencyGuard(
      String name,
      ConcurrencyLimiter<Object> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    this.name = requireNonNull(name, "name");
    this.limiter = requireNonNull(limiter, "limiter");
    this.key = requireNonNull(key, "key");
    this.held = AttributeKey.of(name);
  }

  /** Returns a guard that tells clients apart by their network. */
  public static ConcurrencyGuard of(String name, ConcurrencyLimiter<?> limiter) {
    return of(name, limiter, RequestKey.network());
  }

  /**
   * Returns a guard.
   *
   * @param name the policy's name, which refused clients see
   * @param key what tells one caller from another; null for one that is not limited
   */
  @SuppressWarnings("unchecked") // the key function makes keys of the limiter's type
  public static ConcurrencyGuard of(
      String name,
      ConcurrencyLimiter<?> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    return new ConcurrencyGuard(name, (ConcurrencyLimiter<Object>) limiter, key);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Set<Stage> stages() {
    return Set.of(Stage.HEAD, Stage.COMPLETION);
  }

  @Override
  public FailureMode failureMode() {
    return FailureMode.FAIL_OPEN;
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    Object caller = key.apply(request);
    if (caller == null) {
      return Verdict.allow();
    }
    Optional<ConcurrencyLimiter<Object>.Permit> permit = limiter.tryAcquire(caller);
    if (permit.isEmpty()) {
      rejected.increment();
      return Verdict.reject(
          Rejection.builder(429, "too_many_at_once", "Too Many Requests")
              .type(RateLimitGuard.QUOTA_EXCEEDED)
              .extension("violated-policies", List.of(name))
              .retryAfter(limiter.usualLatency())
              .build());
    }
    request.attributes().set(held, permit.get());
    return Verdict.delay(permit.get().delay());
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    ConcurrencyLimiter<Object>.Permit permit = request.attributes().get(held);
    if (permit == null) {
      return;
    }
    if (completion.how() == Completion.How.SERVED) {
      Duration served = permit.age().minus(permit.delay());
      permit.release(served.isNegative() ? Duration.ZERO : served);
    } else {
      permit.close(); // how long it took says nothing about those that are served
    }
  }

  /** Returns how many requests were refused. */
  public long rejected() {
    return rejected.sum();
  }
}
