// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.engine.Schedule;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The times at which a checker probes its targets, and the timeout of a probe. Immutable. */
public final class ProbeSchedule {
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(2);
  private static final Duration DEFAULT_SUSPECT = Duration.ofMillis(250);
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(800);
  private static final double DEFAULT_JITTER = 0.1;

  private final Schedule schedule;

  private ProbeSchedule(Schedule schedule) {
    this.schedule = schedule;
  }

  /**
   * Returns a schedule with this interval and otherwise default values.
   *
   * @throws IllegalArgumentException if the interval is not 1 ms to 24 h
   */
  public static ProbeSchedule every(Duration interval) {
    return builder().interval(interval).build();
  }

  /** Returns a new builder. */
  public static Builder builder() {
    return new Builder();
  }

  Schedule schedule() {
    return schedule;
  }

  @Override
  public String toString() {
    return schedule.toString();
  }

  /**
   * Collects the settings of a {@link ProbeSchedule}, each set at most once. All times are 1 ms to
   * 24 h. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable Duration interval;
    private @Nullable Duration timeout;
    private @Nullable Duration suspectInterval;
    private @Nullable Duration recoverInterval;
    private @Nullable Duration downInterval;
    private @Nullable Duration idleInterval;
    private @Nullable Double jitter;

    private Builder() {}

    /**
     * Sets the time between the starts of two consecutive probes of a target. Default: 2 seconds.
     */
    public Builder interval(Duration interval) {
      this.interval = once("interval", this.interval, interval);
      return this;
    }

    /**
     * Sets the timeout of a probe, from the connection attempt to the last byte needed. Must not
     * exceed the interval. Default: 800 ms, or the interval if that is shorter.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = once("timeout", this.timeout, timeout);
      return this;
    }

    /**
     * Sets the interval while probe results contradict the state. It is also the minimum time
     * between probes triggered by traffic. Default: 250 ms, or the interval if that is shorter.
     */
    public Builder suspectInterval(Duration interval) {
      suspectInterval = once("suspectInterval", suspectInterval, interval);
      return this;
    }

    /** Sets the interval while a target recovers. Default: {@link #suspectInterval}. */
    public Builder recoverInterval(Duration interval) {
      recoverInterval = once("recoverInterval", recoverInterval, interval);
      return this;
    }

    /** Sets the interval for unhealthy targets. Default: {@link #interval}. */
    public Builder downInterval(Duration interval) {
      downInterval = once("downInterval", downInterval, interval);
      return this;
    }

    /**
     * Sets the interval for targets without a reported request. The first request brings the next
     * probe forward. Default: {@link #interval}.
     */
    public Builder idleInterval(Duration interval) {
      idleInterval = once("idleInterval", idleInterval, interval);
      return this;
    }

    /**
     * Sets the jitter of probes, as a fraction of the interval by which they may be early or late.
     * Default: 0.1.
     *
     * @throws IllegalArgumentException if it is not 0..0.5
     */
    public Builder jitter(double share) {
      jitter = Arguments.once("jitter", jitter, Arguments.range("jitter", share, 0, 0.5));
      return this;
    }

    private static Duration once(String name, @Nullable Duration current, Duration time) {
      return Arguments.once(name, current, TimeRange.check(name, time));
    }

    /**
     * Builds the schedule.
     *
     * @throws IllegalArgumentException if the timeout is longer than the interval
     */
    public ProbeSchedule build() {
      Duration every = interval == null ? DEFAULT_INTERVAL : interval;
      if (timeout != null && timeout.compareTo(every) > 0) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + " (expected: at most the interval, " + every + ")");
      }
      Duration suspect = suspectInterval == null ? min(DEFAULT_SUSPECT, every) : suspectInterval;
      return new ProbeSchedule(
          new Schedule(
              every.toNanos(),
              suspect.toNanos(),
              (recoverInterval == null ? suspect : recoverInterval).toNanos(),
              (downInterval == null ? every : downInterval).toNanos(),
              (idleInterval == null ? every : idleInterval).toNanos(),
              (timeout == null ? min(DEFAULT_TIMEOUT, every) : timeout).toNanos(),
              jitter == null ? DEFAULT_JITTER : jitter));
    }

    private static Duration min(Duration a, Duration b) {
      return a.compareTo(b) < 0 ? a : b;
    }
  }
}
