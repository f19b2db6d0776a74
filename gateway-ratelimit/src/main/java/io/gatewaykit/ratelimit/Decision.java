package io.gatewaykit.ratelimit;

import java.time.Duration;

/**
 * What a limiter decided, and what a caller may want to know of it. Immutable.
 *
 * @param outcome the decision
 * @param delay how long the caller is to wait before it goes on; zero unless delayed
 * @param retryAfter the least wait after which the same request would be admitted, if nobody else
 *     comes; zero unless rejected
 * @param resetAfter when the bucket will have drained
 * @param remaining how many more requests of cost 1 would be admitted now
 * @param limit the limit that was applied
 */
public record Decision(
    Outcome outcome,
    Duration delay,
    Duration retryAfter,
    Duration resetAfter,
    long remaining,
    Limit limit) {

  /** The decisions a limiter can take. */
  public enum Outcome {
    /** Go on now. */
    ALLOWED,
    /** Go on after the delay. */
    DELAYED,
    /** Refused for now. */
    REJECTED,
    /** Refused for ever: the cost exceeds what the bucket can hold. */
    IMPOSSIBLE
  }

  /** Tells whether the request may go on, now or after the delay. */
  public boolean admitted() {
    return outcome == Outcome.ALLOWED || outcome == Outcome.DELAYED;
  }

  static Decision of(Gcra gcra, long answer, long backlogAfter) {
    Outcome outcome =
        answer == Gcra.IMPOSSIBLE
            ? Outcome.IMPOSSIBLE
            : answer < 0 ? Outcome.REJECTED : answer == 0 ? Outcome.ALLOWED : Outcome.DELAYED;
    return new Decision(
        outcome,
        Duration.ofNanos(outcome == Outcome.DELAYED ? answer : 0),
        Duration.ofNanos(outcome == Outcome.REJECTED ? -answer : 0),
        Duration.ofNanos(gcra.ceilNanos(backlogAfter)),
        gcra.remaining(backlogAfter),
        gcra.limit);
  }
}
