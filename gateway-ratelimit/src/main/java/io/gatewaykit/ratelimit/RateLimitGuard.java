package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.GatewayRequest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link RateLimiter} before requests. By default each client network has a bucket of its
 * own, a refused request gets 429 with {@code Retry-After}, and a failing limiter lets requests
 * pass.
 */
public final class RateLimitGuard implements Guard {
  static final URI QUOTA_EXCEEDED =
      URI.create("https://iana.org/assignments/http-problem-types#quota-exceeded");

  private final String name;
  private final RateLimiter<Object> limiter;
  private final Function<? super GatewayRequest, ? extends @Nullable Object> key;
  private final List<Cidr> exempt;
  private final boolean shadow;
  private final FailureMode failureMode;
  private final HeaderStyle headers;
  private final ToLongFunction<? super GatewayRequest> cost;
  private final BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection;
  private final AttributeKey<Decision> decided;
  private final LongAdder allowed = new LongAdder();
  private final LongAdder delayed = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  private RateLimitGuard(Builder builder) {
    name = builder.name;
    limiter = builder.limiter;
    key = builder.key;
    exempt = List.copyOf(builder.exempt);
    shadow = builder.shadow;
    failureMode = builder.failureMode;
    headers = builder.headers;
    cost = builder.cost;
    rejection = builder.rejection == null ? this::tooManyRequests : builder.rejection;
    decided = AttributeKey.of(name);
  }

  /**
   * Returns a builder.
   *
   * @param name the policy's name in printable ASCII, which clients see
   * @param limiter what decides; its keys are what {@link Builder#key} makes of a request
   */
  @SuppressWarnings("unchecked") // the builder's key function makes keys of the limiter's type
  public static Builder builder(String name, RateLimiter<?> limiter) {
    return new Builder(name, (RateLimiter<Object>) limiter);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public FailureMode failureMode() {
    return failureMode;
  }

  @Override
  public Set<Stage> stages() {
    return tellsClients() ? Set.of(Stage.HEAD, Stage.RESPONSE) : Set.of(Stage.HEAD);
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    Object caller = isExempt(request) ? null : key.apply(request);
    if (caller == null) {
      return Verdict.allow();
    }
    long permits = cost.applyAsLong(request);
    if (limiter.isRemote()) {
      CompletableFuture<Decision> asked = limiter.checkAsync(caller, permits);
      return asked.isDone()
          ? verdict(request, asked.join())
          : Verdict.pending(asked.thenApply(decision -> verdict(request, decision)));
    }
    if (!tellsClients()) { // the way that allocates nothing
      long answer = limiter.decide(caller, permits);
      if (answer >= 0) {
        return pass(answer);
      }
    }
    return verdict(request, limiter.check(caller, permits));
  }

  private Verdict verdict(GatewayRequest request, Decision decision) {
    request.attributes().set(decided, decision);
    return decision.admitted() ? pass(decision.delay().toNanos()) : refuse(request, decision);
  }

  private Verdict pass(long delayNanos) {
    (delayNanos == 0 ? allowed : delayed).increment();
    return shadow ? Verdict.allow() : Verdict.delayNanos(delayNanos);
  }

  private Verdict refuse(GatewayRequest request, Decision decision) {
    rejected.increment();
    return shadow ? Verdict.allow() : Verdict.reject(rejection.apply(request, decision));
  }

  @Override
  public void onResponse(GatewayRequest request, ResponseHead response) {
    Decision decision = request.attributes().get(decided);
    if (decision != null) {
      for (Map.Entry<String, String> field : DecisionHeaders.quota(decision, name, headers)) {
        response.addHeader(field.getKey(), field.getValue());
      }
    }
  }

  private boolean tellsClients() {
    return headers != HeaderStyle.NONE && !shadow;
  }

  private boolean isExempt(GatewayRequest request) {
    for (int i = 0; i < exempt.size(); i++) {
      if (exempt.get(i).contains(request.client().address())) {
        return true;
      }
    }
    return false;
  }

  private Rejection tooManyRequests(GatewayRequest request, Decision decision) {
    Rejection.Builder builder =
        Rejection.builder(429, "rate_limited", "Too Many Requests")
            .type(QUOTA_EXCEEDED)
            .extension("violated-policies", decision.violated(name));
    if (decision.outcome() == Decision.Outcome.REJECTED) {
      builder.retryAfter(decision.retryAfter());
    }
    for (Map.Entry<String, String> field : DecisionHeaders.quota(decision, name, headers)) {
      builder.header(field.getKey(), field.getValue());
    }
    return builder.build();
  }

  /** Returns how many requests passed at once. */
  public long allowed() {
    return allowed.sum();
  }

  /** Returns how many requests passed after a delay; in shadow mode, would have. */
  public long delayed() {
    return delayed.sum();
  }

  /** Returns how many requests were refused; in shadow mode, would have been. */
  public long rejected() {
    return rejected.sum();
  }

  /** Collects the settings of a {@link RateLimitGuard}. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final RateLimiter<Object> limiter;
    private Function<? super GatewayRequest, ? extends @Nullable Object> key = RequestKey.network();
    private final List<Cidr> exempt = new ArrayList<>();
    private boolean shadow;
    private FailureMode failureMode = FailureMode.FAIL_OPEN;
    private HeaderStyle headers = HeaderStyle.STANDARD;
    private ToLongFunction<? super GatewayRequest> cost = request -> 1;
    private @Nullable BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection;

    private Builder(String name, RateLimiter<Object> limiter) {
      this.name = requireNonNull(name, "name");
      DecisionHeaders.quoted(name); // it will stand in header fields
      this.limiter = requireNonNull(limiter, "limiter");
    }

    /**
     * Sets what tells one caller from another. A request for which it returns null is not limited.
     * Default: the client's network. See {@link RequestKey} for others, and combinations.
     */
    public Builder key(Function<? super GatewayRequest, ? extends @Nullable Object> key) {
      this.key = requireNonNull(key, "key");
      return this;
    }

    /**
     * Adds networks whose clients are not limited. Default: none.
     *
     * @throws IllegalArgumentException if one is not an address or {@code ADDRESS/PREFIX}
     */
    public Builder exempt(String... cidrs) {
      for (String cidr : cidrs) {
        exempt.add(Cidr.parse(cidr));
      }
      return this;
    }

    /** Sets whether to count only, and let everything pass. Default: false. */
    public Builder shadow(boolean shadow) {
      this.shadow = shadow;
      return this;
    }

    /** Sets what happens if the limiter fails. Default: the request passes. */
    public Builder failureMode(FailureMode failureMode) {
      this.failureMode = requireNonNull(failureMode, "failureMode");
      return this;
    }

    /**
     * Sets which header fields tell clients of their limit, on responses and refusals. Default:
     * {@link HeaderStyle#STANDARD}. Without any, an admitted request costs no allocation.
     */
    public Builder headers(HeaderStyle headers) {
      this.headers = requireNonNull(headers, "headers");
      return this;
    }

    /** Sets what a request costs, at least 1. Default: 1. */
    public Builder cost(ToLongFunction<? super GatewayRequest> cost) {
      this.cost = requireNonNull(cost, "cost");
      return this;
    }

    /** Sets what a refused client is told. Default: 429 with the policy's name and the wait. */
    public Builder rejection(
        BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection) {
      this.rejection = requireNonNull(rejection, "rejection");
      return this;
    }

    /** Builds the guard. */
    public RateLimitGuard build() {
      return new RateLimitGuard(this);
    }
  }
}
