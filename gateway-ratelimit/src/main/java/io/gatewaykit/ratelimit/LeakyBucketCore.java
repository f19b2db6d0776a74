package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a leaky bucket does, over the chain of its states. */
final class LeakyBucketCore {
  /** As {@code maxDelay}: decide, but take nothing. */
  static final long NOTHING = -1;

  private static final long LONG_AGO = -(1L << 59);

  final Ticker ticker;
  private final WarmUp warmUp;
  private volatile LeakyBucketState state;

  /** The limit's own plan, and the reading at which the bucket was cold; guarded by this. */
  private Gcra warm;

  private long coldAt;

  LeakyBucketCore(Gcra warm, WarmUp warmUp, Ticker ticker) {
    this.warm = warm;
    this.warmUp = warmUp;
    this.ticker = ticker;
    this.coldAt = ticker.read();
    this.state = stateAt(coldAt, 0, 0);
  }

  /** What a decision leaves behind for a {@link Decision} and a later refund. */
  static final class Trace {
    private @Nullable LeakyBucketState state;
    private long tat;
    private long backlog;
    private long refundedBefore;

    Decision decision(long answer, long spare, Decision.Source source) {
      return Decision.of(requireNonNull(state).gcra, answer, backlog, spare, source);
    }
  }

  /**
   * Decides, and takes the cost if it is admitted with no more than the given delay.
   *
   * @param spare how many permits of the burst are to be left to others
   * @param trace where to note what a decision or refund needs, if anywhere
   */
  long take(long cost, long spare, long maxDelay, @Nullable Trace trace) {
    LeakyBucketState s = state;
    while (true) {
      long refunded = trace == null ? 0 : s.refunded.get();
      long seen = s.tat();
      if (seen == LeakyBucketState.FROZEN) {
        s = requireNonNull(s.successor);
        continue;
      }
      long reading = ticker.read();
      Gcra gcra = s.gcra;
      long now = gcra.units(reading - s.origin);
      if (!s.serves(reading - s.origin) || !s.isUsual(seen - now)) {
        s = mend(s, seen, reading);
        continue;
      }
      long backlog = Math.max(0, seen - now);
      long answer = gcra.decide(backlog, cost, spare);
      boolean takes = answer >= 0 && answer <= maxDelay;
      long after = takes ? backlog + gcra.weigh(cost) : backlog;
      if (takes && !s.replace(seen, now + after)) {
        BackOff.afterLoss();
        continue;
      }
      if (trace != null) {
        trace.state = s;
        trace.tat = now + after;
        trace.backlog = maxDelay == NOTHING && answer >= 0 ? backlog + gcra.weigh(cost) : after;
        trace.refundedBefore = refunded;
      }
      return answer;
    }
  }

  /** Returns the state to go on with, after a clock step, at the end of a state, or when cold. */
  private LeakyBucketState mend(LeakyBucketState s, long seen, long reading) {
    long now = s.time(reading);
    if (s.serves(reading - s.origin) && seen - now > s.ceiling) {
      // What is cut off here must not be given back once more: noted first.
      s.refunded.addAndGet(seen - now - s.ceiling);
      s.replace(seen, now + s.ceiling);
      return s;
    }
    return succeed(s, null, reading);
  }

  void reconfigure(Gcra plan) {
    succeed(null, plan, ticker.read());
  }

  /**
   * Replaces the state. Locked because a state has but one successor; callers need it only when the
   * limit changes or a state's time is over, never to decide.
   *
   * @param expected replace only this one, if not null
   * @param plan the new limit's plan, or null if the limit stays
   */
  private synchronized LeakyBucketState succeed(
      @Nullable LeakyBucketState expected, @Nullable Gcra plan, long reading) {
    LeakyBucketState s = state;
    if (expected != null && expected != s) {
      return s;
    }
    warm = plan == null ? warm : plan;
    while (true) {
      long seen = s.tat();
      long ahead = seen - s.time(reading);
      if (warmUp != WarmUp.NONE && ahead < -s.cooling) {
        coldAt = reading;
      }
      Gcra next = warmUp.plan(warm, warmUp.step(reading - coldAt));
      long most = Math.min(next.translate(s.ceiling, s.gcra), 1L << 60);
      long kept = Math.min(next.translate(s.backlog(ahead), s.gcra), most);
      LeakyBucketState successor = stateAt(reading, kept, most);
      s.successor = successor;
      if (s.replace(seen, LeakyBucketState.FROZEN)) {
        state = successor;
        return successor;
      }
    }
  }

  /**
   * Replaces the cost of an admitted request by the true one, which is 0 if it was cancelled.
   *
   * <p>Why a refund is safe: let D be by how much the TAT exceeds that of a bucket which the
   * request never entered. D is the cost's weight at first. It shrinks only when the other bucket
   * is empty at some time s, and is then this TAT less s; and this TAT is at least the one right
   * after the request was admitted, less what was given back since. So D never falls below that TAT
   * less now, and to give back no more than that never makes this bucket the emptier of the two.
   */
  void settle(Trace trace, long cost, long actual) {
    LeakyBucketState s = requireNonNull(trace.state);
    if (actual > cost) {
      charge(actual - cost);
    } else if (actual < cost) {
      refund(s, s.gcra.weigh(cost) - s.gcra.weigh(actual), trace.tat, trace.refundedBefore);
    }
  }

  private void refund(LeakyBucketState s, long weight, long tat, long refundedBefore) {
    while (true) {
      long seen = s.tat();
      long reading = ticker.read();
      if (seen == LeakyBucketState.FROZEN || !s.serves(reading - s.origin)) {
        return; // the plan has changed: nothing certain can be said of D
      }
      long floor = tat - (s.refunded.get() - refundedBefore);
      long refund = Math.min(weight, floor - s.time(reading));
      if (refund <= 0) {
        return;
      }
      // If nobody came after this request, all others' TATs lie below what is left.
      boolean last = seen == floor;
      if (!last) {
        s.refunded.addAndGet(refund); // before the word, so that nobody misses it
      }
      if (s.replace(seen, seen - refund)) {
        return;
      }
      if (!last) {
        s.refunded.addAndGet(-refund);
      }
    }
  }

  private void charge(long permits) {
    change((s, backlog) -> backlog + s.gcra.weigh(permits));
  }

  /** Fills the bucket to at least the given backlog, at most to what it holds. */
  void restore(long nanos) {
    change((s, backlog) ->
        Math.max(
            backlog,
            nanos >= s.gcra.ceilNanos(s.gcra.fullest) ? s.gcra.fullest : s.gcra.units(nanos)));
  }

  /** Returns the backlog in nanoseconds. */
  long backlog() {
    return change((s, backlog) -> backlog);
  }

  /** Returns the backlog in nanoseconds, of an empty bucket 1: for a cache's expiry. */
  Duration drainTime() {
    return Duration.ofNanos(Math.max(1, backlog()));
  }

  Limit limit() {
    return state.gcra.limit;
  }

  private interface Change {
    /** Returns the new backlog; cut to the fullest bucket's, it is never less than the old. */
    long apply(LeakyBucketState state, long backlog);
  }

  /** Changes the backlog upwards, and returns the new one in nanoseconds. */
  private long change(Change change) {
    LeakyBucketState s = state;
    while (true) {
      long seen = s.tat();
      if (seen == LeakyBucketState.FROZEN) {
        s = requireNonNull(s.successor);
        continue;
      }
      long reading = ticker.read();
      long now = s.time(reading);
      if (!s.serves(reading - s.origin) || !s.isUsual(seen - now)) {
        s = mend(s, seen, reading);
        continue;
      }
      long backlog = s.backlog(seen - now);
      long next = Math.max(backlog, Math.min(change.apply(s, backlog), s.gcra.fullest));
      if (next == backlog || s.replace(seen, now + next)) {
        return s.gcra.ceilNanos(next);
      }
    }
  }

  private LeakyBucketState stateAt(long reading, long backlog, long ceiling) {
    int step = warmUp.step(reading - coldAt);
    // An empty bucket's TAT lies in the past even if the clock goes back.
    long tat = backlog == 0 && warmUp == WarmUp.NONE ? LONG_AGO : backlog;
    return new LeakyBucketState(
        warmUp.plan(warm, step), reading, tat, ceiling, warmUp.length(step), warmUp.nanos);
  }
}
