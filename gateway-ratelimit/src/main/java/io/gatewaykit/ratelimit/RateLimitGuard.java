// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.GatewayRequest;
import java.net.URI;
import java.time.Duration;
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
 * Applies a {@link RateLimiter} to requests. By default each client network has its own bucket, a
 * rejected request gets 429 with {@code Retry-After}, and a failing limiter admits requests. A key
 * or cost that the limiter does not support is not such a failure: the request gets 503, and an
 * error is logged.
 */
public final class RateLimitGuard implements Guard {
  static final URI QUOTA_EXCEEDED =
      URI.create("https://iana.org/assignments/http-problem-types#quota-exceeded");

  private static final Duration MAX_DELAY = Duration.ofNanos(Long.MAX_VALUE);

  private final GuardSettings settings;
  private final RateLimiter<Object> limiter;
  private final @Nullable ActualCost actualCost;
  private final AttributeKey<Decision> decided;
  private final AttributeKey<OpenReservation> reserved;
  private final LimiterMisuse misuse;
  private final LongAdder allowed = new LongAdder();
  private final LongAdder delayed = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  private RateLimitGuard(GuardSettings settings) {
    this.settings = settings;
    limiter = settings.limiter();
    misuse = new LimiterMisuse(settings.name());
    actualCost = settings.actualCost();
    decided = AttributeKey.of(settings.name());
    reserved = AttributeKey.of(settings.name());
  }

  /**
   * Returns a builder.
   *
   * @param name the policy's name in printable ASCII, visible to clients
   * @param limiter the limiter, for the keys that {@link Builder#key} returns
   */
  @SuppressWarnings("unchecked") // the key function returns keys of the limiter's type
  public static Builder builder(String name, RateLimiter<?> limiter) {
    return new Builder(name, (RateLimiter<Object>) limiter);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public FailureMode failureMode() {
    return settings.failureMode();
  }

  @Override
  public Set<Stage> stages() {
    if (actualCost != null) {
      return Set.of(Stage.HEAD, Stage.RESPONSE, Stage.RESPONSE_BODY, Stage.COMPLETION);
    }
    return showsLimit() ? Set.of(Stage.HEAD, Stage.RESPONSE) : Set.of(Stage.HEAD);
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    Object caller = isExempt(request) ? null : settings.key().apply(request);
    if (caller == null) {
      return Verdict.allow();
    }
    try {
      return decide(request, caller, settings.cost().applyAsLong(request));
    } catch (IllegalArgumentException | ClassCastException e) {
      return misuse.reject(e);
    }
  }

  private Verdict decide(GatewayRequest request, Object caller, long permits) {
    if (actualCost != null) {
      return reserve(request, caller, permits);
    }
    if (limiter.isRemote()) {
      CompletableFuture<Decision> reply = limiter.checkAsync(caller, permits);
      return pending(reply, decision -> verdict(request, decision));
    }
    if (showsLimit()) {
      return verdict(request, limiter.check(caller, permits));
    }
    long answer = limiter.decide(caller, permits); // does not allocate
    if (answer >= 0) {
      return pass(answer);
    }
    return settings.shadow()
        ? rejectInShadow()
        : verdict(request, described(caller, permits, answer));
  }

  /** Returns the decision of a rejection; requesting permits again would count it twice. */
  private Decision described(Object caller, long permits, long answer) {
    Decision seen = limiter.peek(caller, permits);
    return seen.admitted() // permits have drained meanwhile
        ? Decision.of(
            answer, seen.resetAfter().toNanos(), seen.remaining(), seen.limit(), seen.source())
        : seen;
  }

  private Verdict reserve(GatewayRequest request, Object caller, long permits) {
    var open = new OpenReservation(permits);
    request.attributes().set(reserved, open);
    if (!limiter.isRemote()) {
      return reserved(request, open, limiter.reserve(caller, permits, MAX_DELAY));
    }
    CompletableFuture<Reservation> reply = limiter.reserveAsync(caller, permits, MAX_DELAY);
    return pending(reply, reservation -> reserved(request, open, reservation));
  }

  private <T> Verdict pending(CompletableFuture<T> reply, Function<T, Verdict> mapping) {
    return reply.isDone() && !reply.isCompletedExceptionally()
        ? mapping.apply(reply.join())
        : Verdict.pending(misuse.verdict(reply, mapping));
  }

  private Verdict reserved(GatewayRequest request, OpenReservation open, Reservation reservation) {
    if (reservation.admitted()) {
      open.put(reservation);
    }
    return verdict(request, reservation.decision());
  }

  private Verdict verdict(GatewayRequest request, Decision decision) {
    request.attributes().set(decided, decision);
    return decision.admitted() ? pass(decision.delay().toNanos()) : reject(request, decision);
  }

  private Verdict pass(long delayNanos) {
    (delayNanos == 0 ? allowed : delayed).increment();
    return settings.shadow() ? Verdict.allow() : Verdict.delayNanos(delayNanos);
  }

  private Verdict reject(GatewayRequest request, Decision decision) {
    if (settings.shadow()) {
      return rejectInShadow();
    }
    rejected.increment();
    return Verdict.reject(rejection(request, decision));
  }

  private Verdict rejectInShadow() {
    rejected.increment();
    return Verdict.allow();
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    OpenReservation open = request.attributes().get(reserved);
    Reservation reservation = open == null ? null : open.end();
    if (open == null || reservation == null || actualCost == null) {
      return;
    }
    if (completion.kind() == Completion.Kind.REJECTED) {
      reservation.cancel(); // rejected by another guard: nothing was used
      return;
    }
    long stated = open.stated();
    long used = stated >= 0 ? stated : actualCost.onComplete(request, completion, open.estimate);
    if (used >= 0) {
      reservation.settle(used);
    }
  }

  @Override
  public void onResponse(GatewayRequest request, ResponseHead response) {
    OpenReservation open = request.attributes().get(reserved);
    if (open != null && actualCost != null) {
      open.state(actualCost.onResponse(request, response));
    }
    Decision decision = request.attributes().get(decided);
    if (decision != null && showsLimit()) {
      for (Map.Entry<String, String> field :
          DecisionHeaders.quota(decision, settings.name(), settings.headers())) {
        response.addHeader(field.getKey(), field.getValue());
      }
    }
  }

  @Override
  public @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    OpenReservation open = request.attributes().get(reserved);
    return open == null || actualCost == null
        ? null
        : actualCost.observeResponseBody(request, response);
  }

  private boolean showsLimit() {
    return settings.headers() != HeaderStyle.NONE && !settings.shadow();
  }

  private boolean isExempt(GatewayRequest request) {
    List<Cidr> exempt = settings.exempt();
    for (int i = 0; i < exempt.size(); i++) { // does not allocate
      if (exempt.get(i).contains(request.client().address())) {
        return true;
      }
    }
    return false;
  }

  private Rejection rejection(GatewayRequest request, Decision decision) {
    var custom = settings.rejection();
    return custom == null ? tooManyRequests(decision) : custom.apply(request, decision);
  }

  private Rejection tooManyRequests(Decision decision) {
    Rejection.Builder builder =
        Rejection.builder(429, "rate_limited", "Too Many Requests")
            .type(QUOTA_EXCEEDED)
            .extension("violated-policies", decision.violated(settings.name()));
    if (decision.outcome() == Decision.Outcome.REJECTED) {
      builder.retryAfter(decision.retryAfter());
    }
    for (Map.Entry<String, String> field :
        DecisionHeaders.quota(decision, settings.name(), settings.headers())) {
      builder.header(field.getKey(), field.getValue());
    }
    return builder.build();
  }

  /** Returns the number of requests admitted without delay. */
  public long allowed() {
    return allowed.sum();
  }

  /** Returns the number of delayed requests; in shadow mode, of those that would have been. */
  public long delayed() {
    return delayed.sum();
  }

  /** Returns the number of rejected requests; in shadow mode, of those that would have been. */
  public long rejected() {
    return rejected.sum();
  }

  /**
   * Collects the settings of a {@link RateLimitGuard}. Not thread-safe. A setting that is set twice
   * is an {@link IllegalStateException}, except for {@link #exempt}, which adds.
   */
  public static final class Builder {
    private final String name;
    private final RateLimiter<Object> limiter;
    private final List<Cidr> exempt = new ArrayList<>();
    private @Nullable Function<? super GatewayRequest, ? extends @Nullable Object> key;
    private @Nullable Boolean shadow;
    private @Nullable FailureMode failureMode;
    private @Nullable HeaderStyle headers;
    private @Nullable ToLongFunction<? super GatewayRequest> cost;
    private @Nullable ActualCost actualCost;
    private @Nullable BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection;

    private Builder(String name, RateLimiter<Object> limiter) {
      this.name = requireNonNull(name, "name");
      DecisionHeaders.quoted(name); // used in header fields
      this.limiter = requireNonNull(limiter, "limiter");
    }

    /**
     * Sets the function that returns the key of a request; null means not limited. Default: the
     * client's network. See {@link RequestKey} for others, and combinations.
     */
    public Builder key(Function<? super GatewayRequest, ? extends @Nullable Object> key) {
      this.key = Arguments.once("key", this.key, key);
      return this;
    }

    /**
     * Adds networks whose clients are not limited. Default: none.
     *
     * @throws IllegalArgumentException if one is not an address or {@code ADDRESS/PREFIX}
     */
    public Builder exempt(String... cidrs) {
      for (String cidr : requireNonNull(cidrs, "cidrs")) {
        exempt.add(Cidr.parse(requireNonNull(cidr, "cidr")));
      }
      return this;
    }

    /** Sets whether to count only, and admit all requests. Default: false. */
    public Builder shadow(boolean shadow) {
      this.shadow = Arguments.once("shadow", this.shadow, shadow);
      return this;
    }

    /** Sets the treatment of requests when the limiter fails. Default: they are admitted. */
    public Builder failureMode(FailureMode failureMode) {
      this.failureMode = Arguments.once("failureMode", this.failureMode, failureMode);
      return this;
    }

    /**
     * Sets the header fields that describe the limit, on responses and rejections. Default: {@link
     * HeaderStyle#STANDARD}. Without any, an admitted request does not allocate.
     */
    public Builder headers(HeaderStyle headers) {
      this.headers = Arguments.once("headers", this.headers, headers);
      return this;
    }

    /**
     * Sets the cost of a request. Default: 1. A cost of 0 only checks the limit: the request is
     * rejected where one of cost 1 would be, and takes nothing.
     */
    public Builder cost(ToLongFunction<? super GatewayRequest> cost) {
      this.cost = Arguments.once("cost", this.cost, cost);
      return this;
    }

    /**
     * Enables settlement: permits are reserved at admission, at the {@link #cost} of the request,
     * and settled to the actual cost at its completion. A request that another guard rejects costs
     * nothing; if the actual cost stays unknown, the estimate is kept. Default: the cost at
     * admission is final.
     */
    public Builder settle(ActualCost actualCost) {
      requireNonNull(actualCost, "actualCost");
      this.actualCost = Arguments.once("settle", this.actualCost, actualCost);
      return this;
    }

    /**
     * Sets the response to a rejected request. Default: 429 with the policy's name and the wait.
     */
    public Builder rejection(
        BiFunction<? super GatewayRequest, ? super Decision, Rejection> rejection) {
      this.rejection = Arguments.once("rejection", this.rejection, rejection);
      return this;
    }

    /** Builds the guard. */
    public RateLimitGuard build() {
      return new RateLimitGuard(
          new GuardSettings(
              name,
              limiter,
              key == null ? RequestKey.network() : key,
              List.copyOf(exempt),
              shadow != null && shadow,
              failureMode == null ? FailureMode.FAIL_OPEN : failureMode,
              headers == null ? HeaderStyle.STANDARD : headers,
              cost == null ? request -> 1 : cost,
              actualCost,
              rejection));
    }
  }
}
