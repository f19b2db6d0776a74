// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.wire.HttpExpectation;
import io.gatewaykit.healthcheck.internal.wire.HttpExpectation.HeaderMatch;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The requirements of an {@link HttpProbe} on the response, and the signals by which a target
 * reports its own state in it. Immutable.
 */
public final class ExpectedResponse {
  private final HttpExpectation expectation;

  private ExpectedResponse(HttpExpectation expectation) {
    this.expectation = expectation;
  }

  /** Returns a builder that expects a status of 200 to 399. */
  public static Builder builder() {
    return new Builder();
  }

  HttpExpectation expectation() {
    return expectation;
  }

  /** Collects the settings of an {@link ExpectedResponse}. Not thread-safe. */
  public static final class Builder {
    private final List<HeaderMatch> headers = new ArrayList<>();
    private @Nullable BitSet goodStatuses;
    private @Nullable BitSet failNowStatuses;
    private @Nullable BitSet drainStatuses;
    private boolean hasSignals;
    private @Nullable String failNowHeader;
    private @Nullable String degradedHeader;
    private @Nullable String body;
    private @Nullable Pattern bodyPattern;

    private Builder() {}

    /**
     * Sets the statuses that pass. Default: 200 to 399.
     *
     * @throws IllegalArgumentException if empty, or one is not 100..599
     */
    public Builder goodStatuses(int... statuses) {
      BitSet set = StatusSet.of("goodStatuses", statuses);
      goodStatuses = Arguments.once("goodStatuses", goodStatuses, set);
      return this;
    }

    /**
     * Sets the statuses that pass, as a list of statuses and ranges that is evaluated from left to
     * right. A {@code !} excludes the status or range after it.
     *
     * @param statuses such as {@code 200-399,!301-303}
     * @throws IllegalArgumentException if the syntax is invalid
     */
    public Builder goodStatuses(String statuses) {
      BitSet set = StatusSet.parse("goodStatuses", statuses);
      goodStatuses = Arguments.once("goodStatuses", goodStatuses, set);
      return this;
    }

    /**
     * Sets the statuses that make a target unhealthy immediately, regardless of the thresholds.
     * Default: none. Envoy does so for all statuses that are neither expected nor retriable.
     *
     * @param statuses in the syntax of {@link #goodStatuses(String)}
     * @throws IllegalArgumentException if the syntax is invalid
     */
    public Builder failNowStatuses(String statuses) {
      BitSet set = StatusSet.parse("failNowStatuses", statuses);
      failNowStatuses = Arguments.once("failNowStatuses", failNowStatuses, set);
      return this;
    }

    /**
     * Sets the statuses by which a target announces its shutdown: the probe passes and the target
     * is drained, as with HAProxy's {@code disable-on-404}. Default: none.
     *
     * @param statuses in the syntax of {@link #goodStatuses(String)}
     * @throws IllegalArgumentException if the syntax is invalid
     */
    public Builder drainStatuses(String statuses) {
      BitSet set = StatusSet.parse("drainStatuses", statuses);
      drainStatuses = Arguments.once("drainStatuses", drainStatuses, set);
      return this;
    }

    /**
     * Adds a header that the response must contain.
     *
     * @throws IllegalArgumentException if the name is not a token
     */
    public Builder header(String name, String value) {
      HttpProbe.checkHeaderName("header", name);
      headers.add(new HeaderMatch(name, requireNonNull(value, "value"), Cause.STATUS));
      return this;
    }

    /**
     * Adds a header that identifies the target. On another value the probe fails with {@link
     * Cause#IDENTITY}: the address now belongs to a different server.
     *
     * @throws IllegalArgumentException if the name is not a token
     */
    public Builder identity(String name, String value) {
      HttpProbe.checkHeaderName("identity", name);
      headers.add(new HeaderMatch(name, requireNonNull(value, "value"), Cause.IDENTITY));
      return this;
    }

    /**
     * Sets the headers by which a target signals its own state. Their presence counts; their values
     * are ignored.
     *
     * @param failNow makes the target unhealthy immediately, such as {@code
     *     x-envoy-immediate-health-check-fail}; null for none
     * @param degraded marks the target as degraded, such as {@code x-envoy-degraded}; null for none
     * @throws IllegalArgumentException if a name is not a token
     */
    public Builder signals(@Nullable String failNow, @Nullable String degraded) {
      if (failNow != null) {
        HttpProbe.checkHeaderName("failNow", failNow);
      }
      if (degraded != null) {
        HttpProbe.checkHeaderName("degraded", degraded);
      }
      hasSignals = Arguments.once("signals", hasSignals ? "set" : null, true);
      failNowHeader = failNow;
      degradedHeader = degraded;
      return this;
    }

    /** Sets a text, in UTF-8, that the first 256 KB of the body must contain. */
    public Builder body(String part) {
      Arguments.excludes("body(String)", "body(Pattern)", bodyPattern);
      body = Arguments.once("body", body, new String(part.getBytes(UTF_8), ISO_8859_1));
      return this;
    }

    /**
     * Sets a pattern that must be found in the first 256 KB of the body, decoded as ISO 8859-1. It
     * is matched on the engine thread: do not use a pattern with excessive backtracking.
     */
    public Builder body(Pattern pattern) {
      Arguments.excludes("body(Pattern)", "body(String)", body);
      bodyPattern = Arguments.once("body", bodyPattern, pattern);
      return this;
    }

    private static BitSet orNone(@Nullable BitSet statuses) {
      return statuses == null ? new BitSet() : statuses;
    }

    private static BitSet success() {
      var statuses = new BitSet();
      statuses.set(200, 400);
      return statuses;
    }

    /** Builds the requirements. */
    public ExpectedResponse build() {
      return new ExpectedResponse(
          new HttpExpectation(
              goodStatuses == null ? success() : goodStatuses,
              orNone(failNowStatuses),
              orNone(drainStatuses),
              List.copyOf(headers),
              failNowHeader,
              degradedHeader,
              body == null ? "" : body,
              bodyPattern,
              null));
    }
  }
}
