package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a request goes on after a failed attempt: where, after what wait, and when no more. Whether
 * it goes on at all is for {@link Attempts#mayRetry} and the group's retry budget to say.
 * Immutable.
 */
public final class RetryPolicy {
  private final Order order;
  private final long backoffNanos;
  private final long longestBackoffNanos;
  private final long minAttemptNanos;
  private final long maxPushbackNanos;
  private final boolean revisit;
  private final @Nullable Hedge hedge;
  private final Function<Throwable, Outcome> outcomes;
  private final DoubleSupplier random;

  private RetryPolicy(Builder builder) {
    order = builder.order;
    backoffNanos = builder.backoffNanos;
    longestBackoffNanos = builder.longestBackoffNanos;
    minAttemptNanos = builder.minAttemptNanos;
    maxPushbackNanos = builder.maxPushbackNanos;
    revisit = builder.revisit;
    hedge = builder.hedge;
    outcomes = builder.outcomes;
    random = builder.random;
  }

  /** Where the next attempt goes. */
  public enum Order {
    /** Another endpoint of the same line, and the next line only when that is used up. */
    SAME_LINE_FIRST,
    /** Another line: for lines whose endpoints mostly fail together. */
    NEXT_LINE_FIRST
  }

  /**
   * When a second attempt starts though the first still runs, so that a request does not wait for
   * the slowest server. Only idempotent requests are hedged; the first success wins, and the others
   * are cancelled, which counts against nobody.
   *
   * <p>A hedge is paid for twice: from a budget of its own, by default one for twenty requests, and
   * from the group's retry budget. When either is spent no new hedge starts; what runs goes on.
   *
   * @param quantile hedges what takes longer than this part of the line's recent successes, 0.5 to
   *     0.999; 0 if the delay is fixed
   * @param delay the fixed delay, or the least one, at least a millisecond
   * @param atMost how many extra attempts one request may have at a time, 1 to 4
   * @param budget hedges for each request, 0 to 1
   */
  public record Hedge(double quantile, Duration delay, int atMost, double budget) {
    private static final Duration LEAST = Duration.ofMillis(1);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Hedge {
      if (quantile != 0 && !(quantile >= 0.5 && quantile <= 0.999)) {
        throw new IllegalArgumentException("quantile: " + quantile + " (expected: 0.5..0.999)");
      }
      if (FailoverGroup.checkTime("delay", delay).compareTo(LEAST) < 0) {
        throw new IllegalArgumentException("delay: " + delay + " (expected: at least PT0.001S)");
      }
      if (atMost < 1 || atMost > 4) {
        throw new IllegalArgumentException("atMost: " + atMost + " (expected: 1..4)");
      }
      if (!(budget >= 0 && budget <= 1)) {
        throw new IllegalArgumentException("budget: " + budget + " (expected: 0..1)");
      }
    }

    /**
     * Hedges what takes longer than this part of the line's successes of the last half minute, at
     * least a millisecond; looked up anew each second. A line of which less than twenty successes
     * are known is not hedged.
     */
    public static Hedge atQuantile(double quantile) {
      return new Hedge(quantile, LEAST, 1, 0.05);
    }

    /** Hedges after a fixed time, at least a millisecond. */
    public static Hedge after(Duration delay) {
      return new Hedge(0, delay, 1, 0.05);
    }

    /** Returns this rule with another limit on extra attempts at a time. */
    public Hedge withAtMost(int atMost) {
      return new Hedge(quantile, delay, atMost, budget);
    }

    /** Returns this rule with another budget. */
    public Hedge withBudget(double budget) {
      return new Hedge(quantile, delay, atMost, budget);
    }
  }

  /** Returns the policy with all defaults. */
  public static RetryPolicy defaults() {
    return builder().build();
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  Order order() {
    return order;
  }

  long minAttemptNanos() {
    return minAttemptNanos;
  }

  boolean revisit() {
    return revisit;
  }

  @Nullable Hedge hedge() {
    return hedge;
  }

  Outcome outcome(Throwable failure) {
    return requireNonNull(outcomes.apply(failure), "the outcome of a failure");
  }

  /** Returns the wait before the next attempt after so many; chance chooses from all of it. */
  long backoff(int attempts) {
    if (backoffNanos == 0) {
      return 0;
    }
    int doublings = Math.min(attempts - 1, Long.numberOfLeadingZeros(backoffNanos) - 1);
    long most = Math.min(longestBackoffNanos, backoffNanos << Math.max(0, doublings));
    return (long) (most * random.getAsDouble());
  }

  /** Returns for how long a server that asked for so long is left alone. */
  long pushback(Duration asked) {
    if (asked.isNegative()) {
      return 0;
    }
    return asked.compareTo(Duration.ofNanos(maxPushbackNanos)) > 0
        ? maxPushbackNanos
        : asked.toNanos();
  }

  /** Collects the settings of a {@link RetryPolicy}. Not thread-safe. */
  public static final class Builder {
    private Order order = Order.SAME_LINE_FIRST;
    private long backoffNanos;
    private long longestBackoffNanos;
    private long minAttemptNanos = Duration.ofMillis(1).toNanos();
    private long maxPushbackNanos = Duration.ofSeconds(30).toNanos();
    private boolean revisit;
    private @Nullable Hedge hedge;
    private Function<Throwable, Outcome> outcomes = Failures::outcome;
    private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

    private Builder() {}

    /** Sets where the next attempt goes. Default: {@link Order#SAME_LINE_FIRST}. */
    public Builder order(Order order) {
      this.order = requireNonNull(order, "order");
      return this;
    }

    /**
     * Sets the wait between attempts: up to {@code first} before the second one, up to twice that
     * before the next, and so on up to {@code longest}; chance chooses from all of it, so that
     * those who failed together do not return together. Each more than zero, at most a day.
     * Default: no wait, since the next attempt goes to another endpoint.
     *
     * @throws IllegalArgumentException if one is out of range, or the first exceeds the longest
     */
    public Builder backoff(Duration first, Duration longest) {
      long firstNanos = FailoverGroup.checkTime("first", first).toNanos();
      longestBackoffNanos = FailoverGroup.checkTime("longest", longest).toNanos();
      if (firstNanos > longestBackoffNanos) {
        throw new IllegalArgumentException("first: " + first + " (expected: <= " + longest + ")");
      }
      backoffNanos = firstNanos;
      return this;
    }

    /**
     * Lets a request come back to endpoints it has tried, once it has tried all, as long as
     * attempts are left: for groups of one endpoint. Wants a {@link #backoff}. Default: each
     * endpoint once.
     */
    public Builder revisit() {
      revisit = true;
      return this;
    }

    /** Hedges idempotent requests. Default: none is hedged. */
    public Builder hedge(Hedge hedge) {
      this.hedge = requireNonNull(hedge, "hedge");
      return this;
    }

    /**
     * Sets how much time must be left for an attempt to begin, more than zero, at most a day.
     * Default: 1 ms.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder minAttempt(Duration time) {
      minAttemptNanos = FailoverGroup.checkTime("minAttempt", time).toNanos();
      return this;
    }

    /**
     * Sets for how long a server that pushes back ({@link Lease#pushBack}) is left alone at most,
     * whatever it asks for, more than zero, at most a day. Default: 30 seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder maxPushback(Duration time) {
      maxPushbackNanos = FailoverGroup.checkTime("maxPushback", time).toNanos();
      return this;
    }

    /**
     * Sets what an exception says of the endpoint. Default: a {@link java.net.ConnectException} is
     * a failed connection; timeouts are timeouts; cancellation, interruption and errors are the
     * caller's own; all else is a failure.
     */
    public Builder outcomes(Function<Throwable, Outcome> outcomes) {
      this.outcomes = requireNonNull(outcomes, "outcomes");
      return this;
    }

    /** Sets the source of chance, 0 to 1, which must be thread-safe. Default: the thread's own. */
    public Builder random(DoubleSupplier random) {
      this.random = requireNonNull(random, "random");
      return this;
    }

    /**
     * Builds the policy.
     *
     * @throws IllegalArgumentException if endpoints are revisited without a wait
     */
    public RetryPolicy build() {
      if (revisit && backoffNanos == 0) {
        throw new IllegalArgumentException("revisit: without backoff (expected: a backoff)");
      }
      return new RetryPolicy(this);
    }
  }
}
