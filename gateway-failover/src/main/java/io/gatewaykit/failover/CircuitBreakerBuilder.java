package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/** Collects the settings of a {@link CircuitBreaker}. Not thread-safe; can build more than one. */
public final class CircuitBreakerBuilder implements Cloneable {
  private static final Duration LONGEST = Duration.ofDays(1);

  /** How much of the open time is left to chance, both ways. */
  private static final double JITTER = 0.2;

  String name = "breaker";
  Ticker ticker = Ticker.system();
  CircuitBreaker.Listener listener = new CircuitBreaker.Listener() {};
  int consecutive = 5;
  long slowerThanNanos = Long.MAX_VALUE;
  long firstOpenNanos = Duration.ofSeconds(1).toNanos();
  private double failureRate = 0.5;
  private double slowRate = 1;
  private int minCalls = 20;
  private int countWindow;
  private long timeWindowNanos = Duration.ofSeconds(10).toNanos();
  private long longestOpenNanos = Duration.ofMinutes(1).toNanos();
  private int trials = 5;
  private long trialLimitNanos = Duration.ofSeconds(10).toNanos();
  private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

  CircuitBreakerBuilder() {}

  /** Sets what listeners and logs call it. Default: {@code breaker}. */
  public CircuitBreakerBuilder name(String name) {
    this.name = requireNonNull(name, "name");
    return this;
  }

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public CircuitBreakerBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** Sets who learns of changes. Default: nobody. */
  public CircuitBreakerBuilder listener(CircuitBreaker.Listener listener) {
    this.listener = requireNonNull(listener, "listener");
    return this;
  }

  /** Sets the source of chance, 0 to 1, which must be thread-safe. Default: the thread's own. */
  public CircuitBreakerBuilder random(DoubleSupplier random) {
    this.random = requireNonNull(random, "random");
    return this;
  }

  /**
   * Sets how many failures in a row trip it, 1 to 1,000,000; a success begins anew, calls that are
   * neither do not count. Default: 5.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder consecutiveFailures(int failures) {
    consecutive = check("consecutiveFailures", failures, 1, 1_000_000);
    return this;
  }

  /** Lets no number of failures in a row trip it; only rates do. */
  public CircuitBreakerBuilder noConsecutiveLimit() {
    consecutive = Integer.MAX_VALUE;
    return this;
  }

  /**
   * Sets which part of the window's calls must fail to trip it, more than 0, at most 1; it trips
   * when the part is reached. A failed call may be slow as well. Default: 0.5.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder failureRate(double rate) {
    failureRate = checkRate("failureRate", rate);
    return this;
  }

  /**
   * Sets which calls are slow, and which part of the window's calls must be slow to trip it, more
   * than 0, at most 1. Default: no call is slow.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public CircuitBreakerBuilder slowCalls(Duration slowerThan, double rate) {
    long nanos = check("slowerThan", slowerThan);
    slowRate = checkRate("slowRate", rate);
    slowerThanNanos = nanos;
    return this;
  }

  /**
   * Sets how many calls the window must hold before rates mean anything, 1 to 65,536. A count
   * window shorter than that is full with what it has. Default: 20.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder minCalls(int calls) {
    minCalls = check("minCalls", calls, 1, CountWindow.MAX_SIZE);
    return this;
  }

  /**
   * Judges by the last calls, 1 to 65,536, however old. Costs no reading of the clock. Default: a
   * window of time.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder window(int calls) {
    countWindow = check("window", calls, 1, CountWindow.MAX_SIZE);
    return this;
  }

  /**
   * Judges by the calls of the last while, more than zero, at most a day, in slices of a tenth.
   * Default: 10 seconds.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CircuitBreakerBuilder window(Duration length) {
    timeWindowNanos = check("window", length);
    countWindow = 0;
    return this;
  }

  /**
   * Sets for how long it is open at first, and at most, each more than zero, at most a day. The
   * time doubles while trials fail, or if it trips again within that time after closing; a fifth of
   * it, both ways, is left to chance. Default: 1 second, 1 minute.
   *
   * @throws IllegalArgumentException if one is out of range, or the first exceeds the longest
   */
  public CircuitBreakerBuilder openFor(Duration first, Duration longest) {
    long firstNanos = check("first", first);
    long longestNanos = check("longest", longest);
    if (firstNanos > longestNanos) {
      throw new IllegalArgumentException("first: " + first + " (expected: <= " + longest + ")");
    }
    firstOpenNanos = firstNanos;
    longestOpenNanos = longestNanos;
    return this;
  }

  /**
   * Sets how many trials must succeed to close it, 1 to 100, which is also how many may run at
   * once, and after what time a trial without a report may be given to somebody else, more than
   * zero, at most a day. Default: 5, 10 seconds.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public CircuitBreakerBuilder halfOpen(int trials, Duration limit) {
    int checked = check("trials", trials, 1, HalfOpenTrials.MAX_TRIALS);
    trialLimitNanos = check("limit", limit);
    this.trials = checked;
    return this;
  }

  /** Builds a breaker, closed. */
  public CircuitBreaker build() {
    return new CircuitBreaker(copy());
  }

  /** Returns a builder with the same settings. */
  CircuitBreakerBuilder copy() {
    try {
      return (CircuitBreakerBuilder) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  // What the breaker makes of the settings

  BreakerWindow window() {
    return countWindow > 0
        ? new CountWindow(countWindow)
        : new TimeWindow(timeWindowNanos, minCalls);
  }

  HalfOpenTrials trials(long now) {
    return new HalfOpenTrials(trials, trialLimitNanos, now);
  }

  boolean slowCounts() {
    return slowerThanNanos != Long.MAX_VALUE;
  }

  boolean exceeds(long totals) {
    int calls = BreakerWindow.calls(totals);
    int enough = countWindow > 0 ? Math.min(minCalls, countWindow) : minCalls;
    return calls >= enough && (tooManyFailed(totals) || tooManySlow(totals));
  }

  private boolean tooManyFailed(long totals) {
    return reaches(BreakerWindow.failed(totals), failureRate, totals);
  }

  private boolean tooManySlow(long totals) {
    return slowCounts() && reaches(BreakerWindow.slow(totals), slowRate, totals);
  }

  /** Seven of a hundred reach a rate of 0.07, whatever the product's last digit says. */
  private static boolean reaches(int bad, double rate, long totals) {
    return bad >= rate * BreakerWindow.calls(totals) - 1e-6;
  }

  String cause(long totals) {
    boolean failed = tooManyFailed(totals);
    int bad = failed ? BreakerWindow.failed(totals) : BreakerWindow.slow(totals);
    String what = failed ? "failed" : "were slow";
    return String.format(Locale.ROOT, "%d of %d calls %s", bad, BreakerWindow.calls(totals), what);
  }

  long longer(long openNanos) {
    return Math.min(openNanos * 2, longestOpenNanos);
  }

  long jitter(long openNanos) {
    return (long) (openNanos * (1 - JITTER + 2 * JITTER * random.getAsDouble()));
  }

  private static int check(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
    return value;
  }

  private static long check(String name, Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: > 0, at most PT24H)");
    }
    return time.toNanos();
  }

  private static double checkRate(String name, double rate) {
    if (!(rate > 0 && rate <= 1)) {
      throw new IllegalArgumentException(name + ": " + rate + " (expected: > 0, at most 1)");
    }
    return rate;
  }
}
