// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A window that starts and ends with an hour, day, week, month or year of a time zone, for all keys
 * at the same time. State: its start in seconds since 1970, and the count.
 *
 * <p>The wall clock is read once per window, at its end; in between, the ticker measures the time.
 * A wall clock that goes back does not reopen an earlier window.
 */
final class CalendarWindow extends Window {
  private final CalendarPeriod period;
  private final InstantSource clock;
  private final AtomicReference<@Nullable Span> span = new AtomicReference<>();

  /** The current window: its start in seconds since 1970, and its end on the counter's clock. */
  private record Span(long start, Instant ends, long endsAt) {}

  CalendarWindow(CalendarPeriod period, InstantSource clock) {
    super(2, period.length());
    this.period = period;
    this.clock = clock;
  }

  private Span spanAt(long now) {
    while (true) {
      Span known = span.get();
      if (known != null && now < known.endsAt) {
        return known;
      }
      Span next = after(known, now);
      if (span.compareAndSet(known, next)) { // otherwise a thread with a later time may be ahead
        return next;
      }
    }
  }

  private Span after(@Nullable Span known, long now) {
    Instant instant = clock.instant();
    if (known != null && instant.isBefore(known.ends)) { // the wall clock is slower, or went back
      return new Span(known.start, known.ends, now + until(instant, known.ends));
    }
    Instant starts = period.start(instant, 0);
    Instant ends = period.start(instant, 1);
    return new Span(starts.getEpochSecond(), ends, now + until(instant, ends));
  }

  private static long until(Instant instant, Instant ends) {
    return Math.max(1, Duration.between(instant, ends).toNanos());
  }

  @Override
  boolean advance(long[] state, int at, long now) {
    long start = spanAt(now).start;
    if (state[at] < start) { // a span read before the last change may be older
      state[at] = start;
      state[at + 1] = 0;
    }
    return false; // earlier periods are not reopened
  }

  @Override
  boolean isIdle(long[] state, int at) {
    return state[at + 1] == 0;
  }

  @Override
  long decide(Limit limit, long[] state, int at, long now, long cost) {
    if (cost > limit.permits()) {
      return RateLimiter.IMPOSSIBLE;
    }
    return limit.permits() - cost - state[at + 1] >= 0 ? 0 : -(spanAt(now).endsAt - now);
  }

  @Override
  long counted(long[] state, int at) {
    return state[at + 1];
  }

  @Override
  void count(long[] state, int at, long cost) {
    state[at + 1] += cost;
  }

  @Override
  void correct(Limit limit, long[] state, int at, long mark, long more) {
    if (state[at] == mark) {
      state[at + 1] = corrected(limit, state[at + 1], more);
    }
  }

  @Override
  long remaining(Limit limit, long[] state, int at, long now) {
    return Math.max(0, limit.permits() - state[at + 1]);
  }

  @Override
  long reset(long[] state, int at, long now) {
    return isIdle(state, at) ? 0 : spanAt(now).endsAt - now;
  }
}
