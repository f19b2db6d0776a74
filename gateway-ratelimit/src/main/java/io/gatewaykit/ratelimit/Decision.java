// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A limiter's decision and its details. Immutable.
 *
 * @param outcome the outcome
 * @param delay the time to wait before proceeding; zero unless delayed
 * @param retryAfter the shortest wait after which the same request would be admitted, without
 *     competing callers; zero unless rejected
 * @param resetAfter the time until the entire quota is available again
 * @param remaining the number of further requests of cost 1 that would be admitted now
 * @param limit the limit that was applied; of a composite, the tightest one
 * @param source the origin of the decision
 * @param parts the decisions of a composite's limiters, by name; otherwise empty
 */
public record Decision(
    Outcome outcome,
    Duration delay,
    Duration retryAfter,
    Duration resetAfter,
    long remaining,
    Limit limit,
    Source source,
    Map<String, Decision> parts) {

  /** The outcome of a decision. */
  public enum Outcome {
    /** Proceed now. */
    ALLOWED,
    /** Proceed after the delay. */
    DELAYED,
    /** Rejected temporarily. */
    REJECTED,
    /** Rejected permanently: the cost exceeds the capacity of the limiter. */
    IMPOSSIBLE
  }

  /** The origin of a decision. */
  public enum Source {
    /** Made in this process, from the key's own state. */
    LOCAL,
    /** Made in this process, for a key without a slot, by the {@link OverflowPolicy}. */
    SHARED,
    /** Made by a store outside this process. */
    REMOTE,
    /** Made from permits prefetched from such a store. */
    LEASE,
    /** Made from a cached rejection by such a store. */
    DENY_CACHE,
    /** Made in this process, because such a store was unavailable. */
    FALLBACK
  }

  /** Checks for null values, and copies the parts. */
  public Decision(
      Outcome outcome,
      Duration delay,
      Duration retryAfter,
      Duration resetAfter,
      long remaining,
      Limit limit,
      Source source,
      Map<String, Decision> parts) {
    this.outcome = requireNonNull(outcome, "outcome");
    this.delay = requireNonNull(delay, "delay");
    this.retryAfter = requireNonNull(retryAfter, "retryAfter");
    this.resetAfter = requireNonNull(resetAfter, "resetAfter");
    this.remaining = remaining;
    this.limit = requireNonNull(limit, "limit");
    this.source = requireNonNull(source, "source");
    this.parts =
        parts.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /** Returns whether the request may proceed, now or after the delay. */
  public boolean admitted() {
    return outcome == Outcome.ALLOWED || outcome == Outcome.DELAYED;
  }

  /** Returns this decision in the encoding of {@link RateLimiter#decide}. */
  public long answer() {
    return switch (outcome) {
      case ALLOWED, DELAYED -> delay.toNanos();
      case REJECTED -> -retryAfter.toNanos();
      case IMPOSSIBLE -> Gcra.IMPOSSIBLE;
    };
  }

  /**
   * Returns the names of the policies that rejected: the rejecting parts of a composite, otherwise
   * the given name; empty if admitted.
   */
  public List<String> violated(String policy) {
    if (parts.isEmpty()) {
      return admitted() ? List.of() : List.of(policy);
    }
    var names = new ArrayList<String>();
    parts.forEach((name, part) -> names.addAll(part.violated(name)));
    return List.copyOf(names);
  }

  /**
   * Returns the response header fields for this decision, in order.
   *
   * @param policy the policy's name, in printable ASCII; of a composite the parts' names are used
   * @throws IllegalArgumentException if a name contains other characters
   */
  public List<Map.Entry<String, String>> headers(String policy, HeaderStyle style) {
    return DecisionHeaders.render(this, policy, style);
  }

  /**
   * Returns this decision for a caller that accepts a maximum delay. A longer delay becomes a
   * rejection, to be retried once the delay is short enough.
   *
   * @param maxDelayNanos the longest acceptable delay in nanoseconds
   */
  public Decision within(long maxDelayNanos) {
    if (outcome != Outcome.DELAYED || delay.toNanos() <= maxDelayNanos) {
      return this;
    }
    Duration wait = delay.minusNanos(maxDelayNanos);
    return new Decision(
        Outcome.REJECTED, Duration.ZERO, wait, resetAfter, remaining, limit, source, parts);
  }

  /**
   * Returns the decision for a result of a bucket's arithmetic.
   *
   * @param answer the result of {@link Gcra#decide}
   * @param backlogAfter the backlog after the request took its permits, in the limit's units
   * @param reserved the permits of the burst reserved for others
   */
  public static Decision of(
      Gcra gcra, long answer, long backlogAfter, long reserved, Source source) {
    return of(
        answer,
        gcra.ceilNanos(backlogAfter),
        gcra.remaining(backlogAfter, reserved),
        gcra.limit,
        source);
  }

  /** Returns the decision for a result of {@link RateLimiter#decide}. */
  public static Decision of(
      long answer, long resetNanos, long remaining, Limit limit, Source source) {
    Outcome outcome =
        answer == Gcra.IMPOSSIBLE
            ? Outcome.IMPOSSIBLE
            : answer < 0 ? Outcome.REJECTED : answer == 0 ? Outcome.ALLOWED : Outcome.DELAYED;
    return new Decision(
        outcome,
        outcome == Outcome.DELAYED ? Duration.ofNanos(answer) : Duration.ZERO,
        outcome == Outcome.REJECTED ? Duration.ofNanos(-answer) : Duration.ZERO,
        Duration.ofNanos(resetNanos),
        remaining,
        limit,
        source,
        Map.of());
  }
}
