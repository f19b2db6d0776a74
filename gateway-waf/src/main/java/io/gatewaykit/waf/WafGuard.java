// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.waf.internal.engine.BodyPolicy;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Inspects requests with a {@link Waf}: the head first, then the inspectable part of the body. The
 * score is accumulated over both. The response to a rejected request contains an incident id and
 * does not reveal the rules. Thread-safe; {@link #replace} exchanges the rules without affecting
 * requests in flight.
 */
public final class WafGuard implements Guard {
  private volatile Waf waf;
  private final AttributeKey<WafInspection> inspectionKey = AttributeKey.of("waf");
  private final AttributeKey<Waf> firewallKey = AttributeKey.of("waf-used");
  private final AttributeKey<WafResult> resultKey = AttributeKey.of("waf-found");
  private final FailureMode failureMode;
  private final BodyPolicy policy;

  private WafGuard(Builder builder) {
    waf = builder.waf;
    failureMode = requireNonNullElse(builder.failureMode, FailureMode.FAIL_CLOSED);
    policy =
        new BodyPolicy(
            requireNonNullElse(builder.rejectOversize, true),
            requireNonNullElse(builder.rejectUnknownCodings, true));
  }

  /** Returns a builder of a guard around this firewall. */
  public static Builder builder(Waf waf) {
    return new Builder(waf);
  }

  @Override
  public String name() {
    return "waf";
  }

  @Override
  public Set<Stage> stages() {
    return Set.of(Stage.HEAD, Stage.BODY);
  }

  @Override
  public FailureMode failureMode() {
    return failureMode;
  }

  /**
   * Atomically replaces the firewall. Requests in flight are completed by the firewall that
   * inspected their head. Build the new firewall before the call, so that an error in its settings
   * leaves the old one in place.
   *
   * @return the previous firewall
   */
  public Waf replace(Waf next) {
    requireNonNull(next, "next");
    Waf before = waf;
    waf = next;
    return before;
  }

  /** Returns the firewall in use. */
  public Waf waf() {
    return waf;
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    Waf current = waf; // read once, because it can be replaced concurrently
    WafInspection inspection = current.begin(wafRequest(request), policy);
    WafResult result = inspection.head();
    if (!result.blocked()) {
      request.attributes().set(firewallKey, current);
      if (inspection.isNeeded()) {
        request.attributes().set(inspectionKey, inspection);
      }
    }
    return verdict(request, result);
  }

  private static WafRequest wafRequest(GatewayRequest request) {
    WafRequest inspected =
        WafRequest.of(request.method(), request.rawTarget(), request.headers())
            .withClient(request.client().address());
    String route = request.attributes().get(Route.SELECTED);
    return route == null ? inspected : inspected.onRoute(route);
  }

  /** Returns the firewall that inspected the head of a request. */
  private Waf wafOf(GatewayRequest request) {
    Waf first = request.attributes().get(firewallKey);
    return first == null ? waf : first;
  }

  @Override
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    Waf current = wafOf(request);
    if (current.mode() == WafMode.OFF) {
      return null;
    }
    return new HeldBody(
        current.limits().heldBytes(),
        () -> {
          WafInspection inspection = request.attributes().get(inspectionKey);
          // The inspection of the head is not retained if the body does not depend on it.
          return inspection == null ? current.begin(wafRequest(request), policy) : inspection;
        },
        result -> rejection(request, result));
  }

  /**
   * Returns the hits in this request so far, which include those of the body once it has been
   * inspected. Without hits if this guard has not inspected the request.
   */
  public WafResult found(GatewayRequest request) {
    WafResult result = request.attributes().get(resultKey);
    return result == null ? WafResult.CLEAN : result;
  }

  private Verdict verdict(GatewayRequest request, WafResult result) {
    Rejection rejection = rejection(request, result);
    return rejection == null ? Verdict.allow() : Verdict.reject(rejection);
  }

  private @Nullable Rejection rejection(GatewayRequest request, WafResult result) {
    if (!result.incident().isEmpty()) {
      request.attributes().set(resultKey, result);
    }
    if (!result.blocked()) {
      return null;
    }
    Rejection.Builder rejection =
        result.isOnly(BodyPolicy.OVERSIZE_RULE)
            ? Rejection.builder(413, "waf_oversize", "Content Too Large")
            : result.isOnly(BodyPolicy.CODING_RULE)
                ? Rejection.builder(415, "waf_coding", "Unsupported Media Type")
                    .header("Accept-Encoding", "gzip, deflate")
                : Rejection.builder(403, "waf_blocked", "Forbidden");
    return rejection.extension("incident", result.incident()).build();
  }

  /** Inspects the body of one request. */
  private static final class HeldBody implements BodyInspector {
    private static final int CHUNK = 16 << 10;

    private final int holdBytes;
    private final Supplier<WafInspection> begin;
    private final Function<WafResult, @Nullable Rejection> judge;
    private byte[] chunk = {};
    private @Nullable WafInspection inspection; // created on demand, since few requests have a body

    /**
     * Creates an inspector.
     *
     * @param begin returns the inspection of the request head
     * @param judge returns the rejection for such a result, or null
     */
    HeldBody(
        int holdBytes,
        Supplier<WafInspection> begin,
        Function<WafResult, @Nullable Rejection> judge) {
      this.holdBytes = holdBytes;
      this.begin = begin;
      this.judge = judge;
    }

    @Override
    public int holdBytes() {
      return holdBytes;
    }

    private WafInspection inspection() {
      WafInspection known = inspection;
      if (known == null) {
        known = begin.get();
        inspection = known;
      }
      return known;
    }

    @Override
    public @Nullable Rejection onBytes(ByteBuffer bytes) {
      ByteBuffer left = bytes.duplicate();
      Rejection rejection = null;
      while (rejection == null && left.hasRemaining()) {
        int count = Math.min(left.remaining(), CHUNK);
        if (chunk.length < count) {
          chunk = new byte[count];
        }
        left.get(chunk, 0, count);
        rejection = judge.apply(inspection().body(chunk, 0, count));
      }
      return rejection;
    }

    @Override
    public Verdict onHeld(boolean complete) {
      Rejection rejection = complete ? onEnd() : null;
      return rejection == null ? Verdict.allow() : Verdict.reject(rejection);
    }

    @Override
    public @Nullable Rejection onEnd() {
      return judge.apply(inspection().endBody(true));
    }

    @Override
    public void close() {
      if (inspection != null) {
        inspection.close();
      }
    }
  }

  /**
   * Collects the settings of a {@link WafGuard}. A setting that is set a second time throws an
   * {@link IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private final Waf waf;
    private @Nullable FailureMode failureMode;
    private @Nullable Boolean rejectOversize;
    private @Nullable Boolean rejectUnknownCodings;

    private Builder(Waf waf) {
      this.waf = requireNonNull(waf, "waf");
    }

    /** Sets the treatment of requests whose inspection fails. Default: they are rejected. */
    public Builder failureMode(FailureMode failureMode) {
      this.failureMode = Arguments.once("failureMode", this.failureMode, failureMode);
      return this;
    }

    /**
     * Sets whether a body is rejected with 413 if it exceeds {@link WafLimits#formBytes}, {@link
     * WafLimits#documentBytes}, {@link WafLimits#messageBytes} or {@link WafLimits#inflationRatio}.
     * If false, the excess is not inspected. In {@link WafMode#DETECT} the body is admitted and
     * reported. Default: true.
     */
    public Builder rejectOversize(boolean reject) {
      rejectOversize = Arguments.once("rejectOversize", rejectOversize, reject);
      return this;
    }

    /**
     * Sets whether a body is rejected with 415 if it has a {@code Content-Encoding} other than gzip
     * and deflate, or more than one. If false, its encoded bytes are inspected, in which attacks
     * are not detected. In {@link WafMode#DETECT} the body is admitted and reported. Default: true.
     */
    public Builder rejectUnknownCodings(boolean reject) {
      rejectUnknownCodings = Arguments.once("rejectUnknownCodings", rejectUnknownCodings, reject);
      return this;
    }

    /** Builds the guard. */
    public WafGuard build() {
      return new WafGuard(this);
    }
  }
}
