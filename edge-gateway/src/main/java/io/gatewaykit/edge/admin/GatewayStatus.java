// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import io.gatewaykit.edge.proxy.ProxyLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the gateway, rendered by every status format. Times are in milliseconds since 1970
 * where the name ends in {@code At}.
 *
 * @param version the version of the gateway
 * @param at the time of the snapshot
 * @param startedAt the time at which the gateway started
 * @param verdict a summary in one sentence
 * @param config the active configuration
 * @param traffic the request counters
 * @param load memory and connections held for clients, with the number of times a bound was reached
 * @param lines the provider lines, best first
 * @param switches recent changes, newest first
 * @param limiters the rate limits
 * @param waf the web application firewall
 * @param routes the routes, in order of evaluation
 */
public record GatewayStatus(
    String version,
    long at,
    long startedAt,
    Verdict verdict,
    Config config,
    Traffic traffic,
    ProxyLoad load,
    List<Line> lines,
    List<Switch> switches,
    List<Limiter> limiters,
    Waf waf,
    List<Route> routes) {

  /** The severity of a verdict. */
  public enum Level {
    /** No known problem. */
    OK,
    /** Requests are served, but a problem needs attention. */
    WARNING,
    /** Requests cannot be served. */
    CRITICAL
  }

  /**
   * A summary of the state.
   *
   * @param level the severity
   * @param sentence the summary, human-readable
   */
  public record Verdict(Level level, String sentence) {}

  /**
   * The active configuration.
   *
   * @param source the file, or a description if there is no file
   * @param revision the number of the configuration, from 1
   * @param loadedAt the time at which it was applied
   * @param lastReload {@code none}, {@code applied} or {@code rejected}
   * @param lastReloadAt the time of the last reload; 0 if never
   * @param pending the changes that take effect only after a restart
   * @param problems the reasons for rejecting the last reload
   * @param applied the number of changes applied
   * @param rejected the number of changes rejected
   */
  public record Config(
      String source,
      long revision,
      long loadedAt,
      String lastReload,
      long lastReloadAt,
      List<String> pending,
      List<String> problems,
      long applied,
      long rejected) {}

  /**
   * Request counters.
   *
   * @param requests all requests
   * @param inFlight requests in flight
   * @param perSecond requests received in the last second
   * @param limited requests rejected by a limit
   * @param blocked requests rejected by the firewall
   * @param failed requests with a 5xx response
   * @param history the last minutes, one sample per second, oldest first
   */
  public record Traffic(
      long requests,
      long inFlight,
      double perSecond,
      long limited,
      long blocked,
      long failed,
      List<Sample> history) {}

  /**
   * The counts of one second.
   *
   * @param at the end of the second
   * @param picks the attempts per line, in the order of the lines
   * @param rejected the requests rejected by limits and the firewall
   * @param failed the requests with a 5xx response
   */
  public record Sample(long at, List<Long> picks, long rejected, long failed) {}

  /**
   * A provider line.
   *
   * @param name the name
   * @param provider the provider
   * @param priority the priority; the lowest number is preferred
   * @param role {@code primary} or {@code backup}
   * @param active whether it is the active line
   * @param simulated whether its failures can be simulated
   * @param endpoints its endpoints
   */
  public record Line(
      String name,
      String provider,
      int priority,
      String role,
      boolean active,
      boolean simulated,
      List<Endpoint> endpoints) {}

  /**
   * An endpoint.
   *
   * @param id the id
   * @param weight the weight in its line
   * @param state the name of its health
   * @param available whether it is eligible for requests
   * @param since the time at which it entered this state; 0 if it has never changed
   * @param decidedBy the source of the state: {@code initial}, {@code active}, {@code passive},
   *     {@code outlier}, {@code admin} or {@code system}
   * @param successes successful probes, consecutive or in total as the checker counts them
   * @param httpFailures responses with a failure status
   * @param tcpFailures failed connections
   * @param timeouts probes without a response in time
   * @param lastProbe the result of the last probe
   * @param successPercent the success rate of recent attempts; null without attempts
   * @param p50Millis the median latency of recent attempts; null without attempts
   * @param p95Millis the 95th percentile of their latency; null without attempts
   * @param inFlight attempts in flight
   * @param picks attempts since the start
   * @param sharePercent the share of all attempts
   */
  public record Endpoint(
      String id,
      int weight,
      String state,
      boolean available,
      long since,
      String decidedBy,
      long successes,
      long httpFailures,
      long tcpFailures,
      long timeouts,
      String lastProbe,
      @Nullable Double successPercent,
      @Nullable Double p50Millis,
      @Nullable Double p95Millis,
      int inFlight,
      long picks,
      double sharePercent) {}

  /**
   * A change.
   *
   * @param at the time of the change
   * @param kind {@code line}, {@code endpoint}, {@code config} or {@code operator}
   * @param what a description of the change
   * @param cause the cause
   */
  public record Switch(long at, String kind, String what, String cause) {}

  /**
   * A rate limit.
   *
   * @param name the name
   * @param rate the rate, such as {@code 5/s}
   * @param burst the burst, in requests
   * @param mode {@code nodelay} or {@code delay}, with {@code shadow} if it is not enforced and
   *     {@code shared} if several gateways share it
   * @param key the kind of key
   * @param allowed requests allowed immediately
   * @param delayed requests delayed
   * @param rejected requests rejected
   * @param keys buckets in this process with a backlog
   */
  public record Limiter(
      String name,
      String rate,
      long burst,
      String mode,
      String key,
      long allowed,
      long delayed,
      long rejected,
      long keys) {}

  /**
   * The firewall.
   *
   * @param mode {@code block}, {@code detect} or {@code off}
   * @param unguarded the routes for which it is off
   * @param families the enabled rule families
   * @param threshold the score from which a request is blocked
   * @param blocked requests blocked
   * @param detected requests with hits that were not blocked
   * @param incidents recent incidents, newest first
   */
  public record Waf(
      String mode,
      List<String> unguarded,
      List<String> families,
      int threshold,
      long blocked,
      long detected,
      List<Incident> incidents) {}

  /**
   * A request with hits.
   *
   * @param at the time of the request
   * @param id the id that the client received
   * @param blocked whether the request was blocked
   * @param score the score of the request
   * @param request method and path
   * @param rules the ids of the rules that matched
   * @param where the part of the request with the first match
   * @param sample the matched text, escaped
   */
  public record Incident(
      long at,
      String id,
      boolean blocked,
      int score,
      String request,
      List<String> rules,
      String where,
      String sample) {}

  /**
   * A route.
   *
   * @param name the name
   * @param priority the priority; the highest is evaluated first
   * @param match a description of the matched requests
   * @param limit the name of its limit; empty for none
   * @param waf whether the firewall inspects its requests
   * @param hits requests that matched it
   */
  public record Route(
      String name, int priority, String match, String limit, boolean waf, long hits) {}
}
