package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import java.time.Duration;
import java.util.List;

/**
 * How a group stands, for status pages. Ages are elapsed time by the group's ticker, so no change
 * of the wall clock disturbs them.
 *
 * @param name the group's name
 * @param activeLine the line with the largest share when the last request began; empty before there
 *     was one
 * @param panicking whether too little is healthy now, so that the panic mode applies
 * @param panics how many attempts were made, or refused, in that state
 * @param retriesRefused how often the retry budget was spent
 * @param exhausted how often a request found no endpoint to try, or none more
 * @param misuse what callers did wrong with leases
 * @param lines its lines, best first
 * @param switches the last 50 moves of traffic between lines, the newest first
 */
public record GroupSnapshot(
    String name,
    String activeLine,
    boolean panicking,
    long panics,
    long retriesRefused,
    long exhausted,
    Misuse misuse,
    List<LineView> lines,
    List<Switch> switches) {

  /**
   * What callers did wrong with leases. It does no harm, but says that code is wrong.
   *
   * @param repeatedReports reports on a lease that had been reported on, or closings of one that
   *     had been closed
   * @param lostLeases leases that became garbage without an end, of those that were watched
   */
  public record Misuse(long repeatedReports, long lostLeases) {}

  /**
   * One line.
   *
   * @param id its id
   * @param provider whose it is
   * @param priority its priority
   * @param share its part of the traffic, 0 to 1
   * @param state what it is used for
   * @param standing since when and why
   * @param traffic what its endpoints did, taken together
   * @param endpoints its endpoints
   */
  public record LineView(
      String id,
      String provider,
      int priority,
      double share,
      LineRole state,
      Standing standing,
      Traffic traffic,
      List<EndpointView> endpoints) {}

  /** What a line is used for. */
  public enum LineRole {
    /** It takes the traffic. */
    ACTIVE,
    /** It could take the traffic. */
    STANDBY,
    /** It has no available endpoint. */
    DOWN
  }

  /**
   * One endpoint.
   *
   * @param id its id
   * @param weight its weight
   * @param health what the health signal says
   * @param state whether it gets traffic, and if not, who decided so
   * @param standing since when and why
   * @param traffic what it did
   */
  public record EndpointView(
      String id,
      int weight,
      Health health,
      EndpointStatus state,
      Standing standing,
      Traffic traffic) {

    /** Tells whether failures of real traffic have set it aside. */
    public boolean aside() {
      return state == EndpointStatus.ASIDE;
    }

    /** Returns how many leases are not closed yet. */
    public int inFlight() {
      return traffic.inFlight();
    }

    /** Returns how many leases were ever given. */
    public long picks() {
      return traffic.picks();
    }

    /** Returns how many attempts succeeded. */
    public long successes() {
      return traffic.successes();
    }

    /** Returns how many attempts count against it. */
    public long failures() {
      return traffic.failures();
    }
  }

  /** Whether an endpoint gets traffic, and if not, who decided so. */
  public enum EndpointStatus {
    /** It gets traffic if its line does. */
    AVAILABLE,
    /** Failures of real traffic have set it aside. */
    ASIDE,
    /** The health signal objects. */
    UNHEALTHY,
    /** It is being taken out. */
    DRAINING
  }

  /**
   * How long something has been as it is, and why.
   *
   * @param since the ticker's reading, in nanoseconds, when it was noticed
   * @param age how long ago that was
   * @param cause why, for people
   */
  public record Standing(long since, Duration age, String cause) {}

  /**
   * What an endpoint or line did since the group first knew it; latencies are those of successful
   * attempts in the last half to whole minute, at most 6 % off.
   *
   * @param picks leases ever given
   * @param retries those of them that were not their request's first
   * @param pickShare its part of the group's picks, 0 to 1
   * @param successes attempts that succeeded
   * @param failures attempts that count against it
   * @param inFlight leases not closed yet
   * @param p50Nanos the median latency; -1 if nothing succeeded lately
   * @param p95Nanos the latency that one attempt in twenty exceeds; -1 likewise
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

    /** Returns the successes in percent of successes and failures; NaN before there was any. */
    public double successPercent() {
      long ended = successes + failures;
      return ended == 0 ? Double.NaN : 100.0 * successes / ended;
    }
  }

  /**
   * One move of traffic to another line.
   *
   * @param from the line used before
   * @param to the line used then
   * @param cause why, for people
   * @param at the ticker's reading, in nanoseconds
   * @param age how long ago that was
   */
  public record Switch(String from, String to, String cause, long at, Duration age) {}
}
