package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a limiter decided, and what a caller may want to know of it. Immutable.
 *
 * @param outcome the decision
 * @param delay how long the caller is to wait before it goes on; zero unless delayed
 * @param retryAfter the least wait after which the same request would be admitted, if nobody else
 *     comes; zero unless rejected
 * @param resetAfter when the whole quota will be there again
 * @param remaining how many more requests of cost 1 would be admitted now
 * @param limit the limit that was applied; of a composite, the tightest one's
 * @param source where the decision was taken
 * @param parts of a composite's decision, what each limiter said, by its name; else empty
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

  /** The decisions a limiter can take. */
  public enum Outcome {
    /** Go on now. */
    ALLOWED,
    /** Go on after the delay. */
    DELAYED,
    /** Refused for now. */
    REJECTED,
    /** Refused for ever: the cost exceeds what the limiter can hold. */
    IMPOSSIBLE
  }

  /** Where a decision can be taken. */
  public enum Source {
    /** In this process, by the key's own state. */
    LOCAL,
    /** In this process, for a key for which there was no room: by its {@link OverflowPolicy}. */
    SHARED,
    /** In a store outside of this process. */
    REMOTE,
    /** From permits taken from such a store beforehand. */
    LEASE,
    /** From the memory of a refusal by such a store. */
    DENY_CACHE,
    /** In this process, because such a store did not answer. */
    FALLBACK
  }

  /** Checks that nothing is null, and copies the parts. */
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

  /** Tells whether the request may go on, now or after the delay. */
  public boolean admitted() {
    return outcome == Outcome.ALLOWED || outcome == Outcome.DELAYED;
  }

  /** Returns this decision as {@link RateLimiter#decide} answers it. */
  public long answer() {
    return switch (outcome) {
      case ALLOWED, DELAYED -> delay.toNanos();
      case REJECTED -> -retryAfter.toNanos();
      case IMPOSSIBLE -> RateLimiter.IMPOSSIBLE;
    };
  }

  /**
   * Returns the names of the policies that refused: the refusing parts of a composite, else the
   * given name; empty if admitted.
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
   * Returns the header fields that tell a client of this decision, in order.
   *
   * @param policy the policy's name, in printable ASCII; of a composite the parts' names are used
   * @throws IllegalArgumentException if a name holds anything else
   */
  public List<Map.Entry<String, String>> headers(String policy, HeaderStyle style) {
    return DecisionHeaders.render(this, policy, style);
  }

  /**
   * Returns the same decision for a caller that waits at most so long: too long a delay becomes a
   * refusal until it is short enough.
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
   * Returns what a bucket's arithmetic says.
   *
   * @param answer as {@link Gcra#decide} gives it
   * @param backlogAfter the backlog after the request took what it was given, in the plan's units
   * @param spare how many permits of the burst are left to others
   */
  public static Decision of(Gcra gcra, long answer, long backlogAfter, long spare, Source source) {
    return of(
        answer,
        gcra.ceilNanos(backlogAfter),
        gcra.remaining(backlogAfter, spare),
        gcra.limit,
        source);
  }

  /** Returns the decision of a primitive answer, as {@link RateLimiter#decide} gives it. */
  public static Decision of(
      long answer, long resetNanos, long remaining, Limit limit, Source source) {
    Outcome outcome =
        answer == RateLimiter.IMPOSSIBLE
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
