package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link RedisConcurrencyLimiter} before requests: each holds a permit from its head to its
 * end, however it ends. A refused request gets 429; a failing limiter lets requests pass. Never
 * blocks.
 */
public final class RedisConcurrencyGuard implements Guard {
  private static final URI QUOTA_EXCEEDED =
      URI.create("https://iana.org/assignments/http-problem-types#quota-exceeded");

  private final String name;
  private final RedisConcurrencyLimiter<Object> limiter;
  private final Function<? super GatewayRequest, ? extends @Nullable Object> key;
  private final AttributeKey<Held> held;
  private final LongAdder rejected = new LongAdder();

  private RedisConcurrencyGuard(
      String name,
      RedisConcurrencyLimiter<Object> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    this.name = requireNonNull(name, "name");
    this.limiter = requireNonNull(limiter, "limiter");
    this.key = requireNonNull(key, "key");
    this.held = AttributeKey.of(name);
  }

  /** Returns a guard that tells clients apart by their network. */
  public static RedisConcurrencyGuard of(String name, RedisConcurrencyLimiter<?> limiter) {
    return of(name, limiter, request -> request.client().network());
  }

  /**
   * Returns a guard.
   *
   * @param name the policy's name, which refused clients see
   * @param key what tells one caller from another; null for one that is not limited
   */
  @SuppressWarnings("unchecked") // the key function makes keys of the limiter's type
  public static RedisConcurrencyGuard of(
      String name,
      RedisConcurrencyLimiter<?> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    return new RedisConcurrencyGuard(name, (RedisConcurrencyLimiter<Object>) limiter, key);
  }

  /** A request's permit, which may come only after the request has ended. */
  private static final class Held {
    private final AtomicReference<@Nullable Object> permitOrEnd = new AtomicReference<>();

    /** Keeps the permit, or gives it back if the request has ended. */
    void put(RedisConcurrencyLimiter<Object>.Permit permit) {
      if (!permitOrEnd.compareAndSet(null, permit)) {
        permit.close();
      }
    }

    /** Ends the request; returns its permit, if it had one. */
    @SuppressWarnings("unchecked") // nothing else is put there
    RedisConcurrencyLimiter<Object>.@Nullable Permit end() {
      return (RedisConcurrencyLimiter<Object>.@Nullable Permit) endedOrPermit();
    }

    private @Nullable Object endedOrPermit() {
      Object before = permitOrEnd.getAndSet(this);
      return before == this ? null : before;
    }
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
    var mine = new Held();
    request.attributes().set(held, mine);
    CompletableFuture<Optional<RedisConcurrencyLimiter<Object>.Permit>> asked =
        limiter.tryAcquire(caller);
    return asked.isDone()
        ? verdict(mine, asked.join())
        : Verdict.pending(asked.thenApply(permit -> verdict(mine, permit)));
  }

  private Verdict verdict(Held mine, Optional<RedisConcurrencyLimiter<Object>.Permit> permit) {
    if (permit.isEmpty()) {
      rejected.increment();
      return Verdict.reject(
          Rejection.builder(429, "too_many_at_once", "Too Many Requests")
              .type(QUOTA_EXCEEDED)
              .extension("violated-policies", List.of(name))
              .retryAfter(limiter.usualLatency())
              .build());
    }
    mine.put(permit.get());
    return Verdict.delay(permit.get().delay());
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    Held mine = request.attributes().get(held);
    RedisConcurrencyLimiter<Object>.Permit permit = mine == null ? null : mine.end();
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
