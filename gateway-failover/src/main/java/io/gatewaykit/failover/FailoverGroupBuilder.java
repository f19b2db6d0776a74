package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the settings of a {@link FailoverGroup}. Not thread-safe.
 *
 * @param <T> what is needed to reach an endpoint
 */
public final class FailoverGroupBuilder<T> {
  final String name;
  final List<Line<T>> lines = new ArrayList<>();
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
    maxAttempts = checkRange("maxAttempts", attempts, 1, 20);
    return this;
  }

  /** Sets after how many failures in a row an endpoint is set aside, 1 to 1000. Default: 3. */
  public FailoverGroupBuilder<T> maxFails(int failures) {
    maxFails = checkRange("maxFails", failures, 1, 1000);
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
    minRetriesPerSecond = checkRange("minPerSecond", minPerSecond, 0, 1_000_000);
    retryRatio = ratio;
    return this;
  }

  /**
   * Builds the group.
   *
   * @throws IllegalArgumentException as {@link FailoverGroup#update} does
   */
  public FailoverGroup<T> build() {
    return new FailoverGroup<>(this);
  }

  private static int checkRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
    return value;
  }
}
