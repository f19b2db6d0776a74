package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link FailoverGroup}. Not thread-safe.
 *
 * @param <T> what is needed to reach an endpoint
 */
public final class FailoverGroupBuilder<T> {
  final String name;
  final List<Line<T>> lines = new ArrayList<>();
  @Nullable Topology<T> topology;
  Balancer balancer = Balancer.smoothWeighted();
  LineSwitcher switcher = LineSwitcher.defaults();
  PanicMode panicMode = PanicMode.FAIL_OPEN;
  double panicBelow = 0.1;
  double overprovision = 1.4;
  String localLabel = "";
  String localValue = "";
  Duration slowStart = Duration.ZERO;
  double explore;
  boolean allowEmpty;
  @Nullable StickyTokens sticky;
  boolean stickyMovesBack;
  @Nullable Duration downWithin;
  double downPerSecond;
  RetryPolicy retry = RetryPolicy.defaults();
  @Nullable CircuitBreakerBuilder breaker;
  @Nullable CircuitBreakerBuilder lineBreaker;
  @Nullable ScheduledExecutorService scheduler;
  int watchOneOf = 1024;
  long seed = ThreadLocalRandom.current().nextLong();
  Ticker ticker = Ticker.system();
  HealthSignal health = HealthSignal.unknown();
  OutcomeReport report = OutcomeReport.none();
  FailoverListener listener = new FailoverListener() {};
  int maxAttempts = 3;
  int maxFails = 3;
  Duration asideFor = Duration.ofSeconds(10);
  Duration perTry = Duration.ofMinutes(1);
  double retryRatio = 0.2;
  int minRetriesPerSecond = 10;

  FailoverGroupBuilder(String name) {
    this.name = requireNonNull(name, "name");
  }

  /** Adds a line. */
  public FailoverGroupBuilder<T> line(Line<T> line) {
    lines.add(requireNonNull(line, "line"));
    return this;
  }

  /** Sets all the lines at once, instead of {@link #line}. */
  public FailoverGroupBuilder<T> topology(Topology<T> topology) {
    this.topology = requireNonNull(topology, "topology");
    return this;
  }

  /** Sets how a line's traffic is spread. Default: {@link Balancer#smoothWeighted()}. */
  public FailoverGroupBuilder<T> balancer(Balancer balancer) {
    this.balancer = requireNonNull(balancer, "balancer");
    return this;
  }

  /** Sets when traffic moves between lines. Default: {@link LineSwitcher#defaults()}. */
  public FailoverGroupBuilder<T> switcher(LineSwitcher switcher) {
    this.switcher = requireNonNull(switcher, "switcher");
    return this;
  }

  /**
   * Sets what happens when too little is healthy. Default: fail open below 0.1.
   *
   * @param mode what happens
   * @param below it happens when lines of each priority have a smaller healthy part, 0 to 1, or
   *     nothing healthy at all; 0: only then
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> panic(PanicMode mode, double below) {
    panicBelow = Checks.range("below", below, 0, 1);
    panicMode = requireNonNull(mode, "mode");
    return this;
  }

  /**
   * Sets how much more than its traffic a line is built for, 1 to 1000. Lines of a priority keep
   * all their traffic as long as their healthy part times this is at least 1; then it spills over
   * to the next priority by and by. Default: 1.4. A large number keeps all traffic until the last
   * endpoint is gone.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> overprovision(double factor) {
    overprovision = Checks.range("factor", factor, 1, 1000);
    return this;
  }

  /** Prefers lines with this label among lines of one priority. Default: none. */
  public FailoverGroupBuilder<T> preferLabel(String name, String value) {
    localLabel = requireNonNull(name, "name");
    localValue = requireNonNull(value, "value");
    return this;
  }

  /**
   * Sets how long an endpoint that was added or came back takes less than its share, 0 to an hour.
   * Default: 0.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> slowStart(Duration window) {
    slowStart = Checks.time("window", window, Duration.ZERO, Duration.ofHours(1));
    return this;
  }

  /**
   * Sends a part of the requests that may be repeated to a line drawn at random, so that lines
   * without traffic are measured, 0 to 0.5. Default: 0.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> explore(double share) {
    explore = Checks.range("share", share, 0, 0.5);
    return this;
  }

  /**
   * Allows a topology without endpoints, at the start and in updates: then nothing can be selected.
   * By default an empty update is refused and the last topology stays.
   */
  public FailoverGroupBuilder<T> allowEmpty() {
    allowEmpty = true;
    return this;
  }

  /**
   * Sets what all random choices depend on, for tests: two groups of one seed that are used alike
   * by one thread choose alike. Threads differ from each other all the same. Default: random.
   */
  public FailoverGroupBuilder<T> seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** Sets how a request goes on after a failed attempt. Default: {@link RetryPolicy#defaults}. */
  public FailoverGroupBuilder<T> retry(RetryPolicy policy) {
    retry = requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Gives each endpoint a circuit breaker with these settings; its name and ticker are the group's.
   * Default: none; {@link #maxFails} sets endpoints aside all the same.
   */
  public FailoverGroupBuilder<T> breaker(CircuitBreakerBuilder settings) {
    breaker = settings.copy();
    return this;
  }

  /**
   * Gives each line a circuit breaker with these settings, which judges all its endpoints together:
   * a rate suits it better than failures in a row. Default: none.
   */
  public FailoverGroupBuilder<T> lineBreaker(CircuitBreakerBuilder settings) {
    lineBreaker = settings.copy();
    return this;
  }

  /**
   * Keeps clients at their endpoint by signed tokens: {@link SelectContext#stickyToken} brings one
   * back, {@link Lease#stickyToken} gives one out. Default: none.
   */
  public FailoverGroupBuilder<T> sticky(StickyTokens tokens) {
    sticky = requireNonNull(tokens, "tokens");
    return this;
  }

  /**
   * Lets a token count only while the line of its endpoint gets traffic: clients that came to a
   * backup line in an outage go back when all traffic does, as those without a token. Default: they
   * stay there as long as the endpoint can be used.
   */
  public FailoverGroupBuilder<T> stickyMovesBack() {
    stickyMovesBack = true;
    return this;
  }

  /**
   * Asks the connections of an endpoint to leave, as {@link FailoverGroup#moveConnections} does,
   * when the health signal calls it unhealthy or draining; if it is called healthy again before all
   * are gone, the rest stay. Default: they stay until somebody asks them.
   *
   * @param within until when all should be gone; more than zero, at most a day
   * @param perSecond how many to ask in a second, more than zero, at most 1,000,000
   * @throws IllegalArgumentException if one is out of range
   */
  public FailoverGroupBuilder<T> drainWhenDown(Duration within, double perSecond) {
    downWithin = FailoverGroup.checkTime("within", within);
    downPerSecond = FailoverGroup.checkPace(perSecond);
    return this;
  }

  /**
   * Sets where the timers of {@link FailoverGroup#executeAsync} and of drains run, such as an event
   * loop; it is not shut down. Default: a thread of the group's own, which begins with the first
   * timer and ends with {@link FailoverGroup#close}.
   */
  public FailoverGroupBuilder<T> scheduler(ScheduledExecutorService scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /**
   * Sets which part of the leases is watched for never being ended: one of so many, 1 to 1,000,000.
   * A lost one that is watched is counted and ended. Default: 1024.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> watchLeases(int oneOf) {
    watchOneOf = Checks.range("oneOf", oneOf, 1, 1_000_000);
    return this;
  }

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public FailoverGroupBuilder<T> ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** Sets who says which endpoints are healthy. Default: nobody. */
  public FailoverGroupBuilder<T> health(HealthSignal health) {
    this.health = requireNonNull(health, "health");
    return this;
  }

  /** Sets who is told how each attempt ended. Default: nobody. */
  public FailoverGroupBuilder<T> report(OutcomeReport report) {
    this.report = requireNonNull(report, "report");
    return this;
  }

  /** Sets the listener. Default: none. */
  public FailoverGroupBuilder<T> listener(FailoverListener listener) {
    this.listener = requireNonNull(listener, "listener");
    return this;
  }

  /** Sets how many endpoints one request may try, 1 to 20. Default: 3. */
  public FailoverGroupBuilder<T> maxAttempts(int attempts) {
    maxAttempts = Checks.range("maxAttempts", attempts, 1, 20);
    return this;
  }

  /** Sets after how many failures in a row an endpoint is set aside, 1 to 1000. Default: 3. */
  public FailoverGroupBuilder<T> maxFails(int failures) {
    maxFails = Checks.range("maxFails", failures, 1, 1000);
    return this;
  }

  /**
   * Sets for how long an endpoint is set aside, more than zero, at most a day. Default: 10 seconds.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> asideFor(Duration time) {
    asideFor = FailoverGroup.checkTime("asideFor", time);
    return this;
  }

  /**
   * Sets how long one attempt may take, more than zero, at most a day. Default: a minute. See
   * {@link Attempts#timeout}.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> perTry(Duration time) {
    perTry = FailoverGroup.checkTime("perTry", time);
    return this;
  }

  /**
   * Sets how much retries may add to the load: in any ten seconds this part of the requests, 0 to
   * 10, and so many a second besides, 0 to 1,000,000. Default: 0.2 and 10.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public FailoverGroupBuilder<T> retryBudget(double ratio, int minPerSecond) {
    if (!(ratio >= 0 && ratio <= 10)) {
      throw new IllegalArgumentException("ratio: " + ratio + " (expected: 0..10)");
    }
    minRetriesPerSecond = Checks.range("minPerSecond", minPerSecond, 0, 1_000_000);
    retryRatio = ratio;
    return this;
  }

  Topology<T> topology() {
    return topology == null ? new Topology<>(lines) : topology;
  }

  TableBuilder.LinePolicy linePolicy() {
    return new TableBuilder.LinePolicy(
        balancer,
        switcher,
        panicMode,
        panicBelow,
        (int) Math.round(1000 * overprovision),
        localLabel,
        localValue,
        slowStart.toNanos());
  }

  /**
   * Builds the group.
   *
   * @throws IllegalArgumentException as {@link FailoverGroup#update} does
   */
  public FailoverGroup<T> build() {
    return new FailoverGroup<>(this);
  }
}
