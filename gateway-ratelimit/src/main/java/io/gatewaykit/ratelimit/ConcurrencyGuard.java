// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies a {@link PermitSource} to requests: each holds a permit from its head to its completion,
 * for all outcomes. A rejected request gets 429; a failing limiter admits requests. A request whose
 * key the limiter does not support gets 503, and an error is logged. Does not block: with a remote
 * source the verdict is pending.
 */
public final class ConcurrencyGuard implements Guard {
  private final String name;
  private final PermitSource<Object> limiter;
  private final Function<? super GatewayRequest, ? extends @Nullable Object> key;
  private final AttributeKey<Held> held;
  private final LimiterMisuse misuse;
  private final LongAdder rejected = new LongAdder();

  private ConcurrencyGuard(
      String name,
      PermitSource<Object> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    this.name = requireNonNull(name, "name");
    this.limiter = requireNonNull(limiter, "limiter");
    this.key = requireNonNull(key, "key");
    this.held = AttributeKey.of(name);
    this.misuse = new LimiterMisuse(name);
  }

  /** Returns a guard whose keys are the networks of clients. */
  public static ConcurrencyGuard of(String name, PermitSource<?> limiter) {
    return of(name, limiter, RequestKey.network());
  }

  /**
   * Returns a guard.
   *
   * @param name the policy's name, which is included in rejections
   * @param key the key of a request, of the limiter's type; null if it is not limited
   */
  @SuppressWarnings("unchecked") // the key function returns keys of the limiter's type
  public static ConcurrencyGuard of(
      String name,
      PermitSource<?> limiter,
      Function<? super GatewayRequest, ? extends @Nullable Object> key) {
    return new ConcurrencyGuard(name, (PermitSource<Object>) limiter, key);
  }

  /** The permit of a request, which can be granted after its completion. */
  private static final class Held {
    private static final Object ENDED = new Object();

    private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

    /** Stores the permit, or releases it if the request has completed. */
    void put(ConcurrencyPermit permit) {
      if (!state.compareAndSet(null, permit)) {
        permit.close();
      }
    }

    /** Completes the request. Returns its permit if it has one. */
    @Nullable ConcurrencyPermit end() {
      return state.getAndSet(ENDED) instanceof ConcurrencyPermit permit ? permit : null;
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
    var own = new Held();
    request.attributes().set(held, own);
    CompletableFuture<Optional<ConcurrencyPermit>> permit;
    try {
      permit = limiter.tryAcquireAsync(caller);
    } catch (IllegalArgumentException | ClassCastException e) {
      return misuse.reject(e);
    }
    return permit.isDone() && !permit.isCompletedExceptionally()
        ? verdict(own, permit.join())
        : Verdict.pending(misuse.verdict(permit, granted -> verdict(own, granted)));
  }

  private Verdict verdict(Held own, Optional<ConcurrencyPermit> permit) {
    if (permit.isEmpty()) {
      rejected.increment();
      return Verdict.reject(
          Rejection.builder(429, "too_many_concurrent", "Too Many Requests")
              .type(RateLimitGuard.QUOTA_EXCEEDED)
              .extension("violated-policies", List.of(name))
              .retryAfter(limiter.usualLatency())
              .build());
    }
    own.put(permit.get());
    return Verdict.delay(permit.get().delay());
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    Held own = request.attributes().get(held);
    ConcurrencyPermit permit = own == null ? null : own.end();
    if (permit == null) {
      return;
    }
    if (completion.kind() == Completion.Kind.SERVED) {
      Duration served = permit.age().minus(permit.delay());
      boolean ignored = permit.release(served.isNegative() ? Duration.ZERO : served);
    } else {
      permit.close(); // its duration is not that of a served request
    }
  }

  /** Returns the number of rejected requests. */
  public long rejected() {
    return rejected.sum();
  }
}
