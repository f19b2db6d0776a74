// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import java.time.Duration;
import java.util.List;

/**
 * A snapshot of a group, for status pages. Ages are elapsed time according to the group's ticker,
 * and unaffected by changes of the wall clock.
 *
 * @param name the name of the group
 * @param activeLine the line with the largest share when the last request started; empty before the
 *     first one
 * @param panicking whether too few endpoints are healthy now, so that the panic mode applies
 * @param panics the number of attempts made or rejected in that state
 * @param retriesRejected the number of retries rejected by the retry budget
 * @param exhausted the number of requests that found no available endpoint, at first or for a retry
 * @param waiting the requests that wait for an endpoint
 * @param misuse incorrect use of leases
 * @param lines its lines, best first
 * @param switches the last 50 switches of the active line, newest first
 */
public record GroupSnapshot(
    String name,
    String activeLine,
    boolean panicking,
    long panics,
    long retriesRejected,
    long exhausted,
    Waiting waiting,
    Misuse misuse,
    List<LineView> lines,
    List<Switch> switches) {

  /**
   * The queue of requests that wait for an endpoint.
   *
   * @param requests the requests that wait now
   * @param timedOut the number of requests that have waited for the maximum time
   * @param rejected the number of requests that found the queue full
   */
  public record Waiting(int requests, long timedOut, long rejected) {}

  /**
   * Incorrect use of leases by callers. It is harmless, but indicates a bug.
   *
   * @param doubleEnds reports on a lease that had already ended, or repeated calls of {@code close}
   * @param leakedLeases sampled leases that were garbage-collected without being ended
   */
  public record Misuse(long doubleEnds, long leakedLeases) {}

  /**
   * A snapshot of one line.
   *
   * @param id its id
   * @param provider its provider
   * @param priority its priority
   * @param share its share of the traffic, 0 to 1
   * @param state its role
   * @param lastChange the age and cause of the role
   * @param traffic the totals of its endpoints
   * @param endpoints its endpoints
   */
  public record LineView(
      String id,
      String provider,
      int priority,
      double share,
      LineRole state,
      StateChange lastChange,
      Traffic traffic,
      List<EndpointView> endpoints) {}

  /** The role of a line. */
  public enum LineRole {
    /** It is the active line. */
    ACTIVE,
    /** It is available, but not active. */
    STANDBY,
    /** It has no available endpoint. */
    DOWN
  }

  /**
   * A snapshot of one endpoint.
   *
   * @param id its id
   * @param weight its weight
   * @param health the health reported by the health signal
   * @param state whether it receives traffic, and if not, the reason
   * @param lastChange the age and cause of the state
   * @param traffic its counters
   */
  public record EndpointView(
      String id,
      int weight,
      Health health,
      EndpointStatus state,
      StateChange lastChange,
      Traffic traffic) {

    /** Returns whether it is ejected or its circuit breaker is open. */
    public boolean ejected() {
      return state == EndpointStatus.EJECTED;
    }

    /** Returns the number of open leases. */
    public int inFlight() {
      return traffic.inFlight();
    }

    /** Returns the total number of leases. */
    public long picks() {
      return traffic.picks();
    }

    /** Returns the number of successful attempts. */
    public long successes() {
      return traffic.successes();
    }

    /** Returns the number of attempts that count against it. */
    public long failures() {
      return traffic.failures();
    }
  }

  /** Whether an endpoint receives traffic, and if not, the reason. */
  public enum EndpointStatus {
    /** It receives traffic if its line does. */
    AVAILABLE,
    /** It is ejected after consecutive failures, or its circuit breaker is open. */
    EJECTED,
    /** The health signal reports it as unhealthy. */
    UNHEALTHY,
    /** It is being drained. */
    DRAINING,
    /** An update removed it; it is listed with its line until its last lease ends. */
    REMOVED
  }

  /**
   * The start, age and cause of a state.
   *
   * @param since the ticker reading in nanoseconds when it was first observed
   * @param age the time since then
   * @param cause a human-readable reason
   */
  public record StateChange(long since, Duration age, String cause) {}

  /**
   * The counters of an endpoint or line since it was added to the group. Latencies are those of
   * successful attempts in the last 30 to 60 seconds, with an error of at most 6 %.
   *
   * @param picks the total number of leases
   * @param retries those of them that were retries or hedges
   * @param pickShare its share of the group's leases, 0 to 1
   * @param successes the number of successful attempts
   * @param failures the number of attempts that count against it
   * @param inFlight the number of open leases
   * @param p50Nanos the median latency; -1 without a recent success
   * @param p95Nanos the 95th percentile of latency; -1 without a recent success
   */
  public record Traffic(
      long picks,
      long retries,
      double pickShare,
      long successes,
      long failures,
      int inFlight,
      long p50Nanos,
      long p95Nanos) {

    /** Returns the successes in percent of successes and failures; NaN before the first one. */
    public double successPercent() {
      long ended = successes + failures;
      return ended == 0 ? Double.NaN : 100.0 * successes / ended;
    }
  }

  /**
   * A switch of the active line.
   *
   * @param from the previous line
   * @param to the new line
   * @param cause a human-readable reason
   * @param at the ticker reading, in nanoseconds
   * @param age the time since then
   */
  public record Switch(String from, String to, String cause, long at, Duration age) {}
}
