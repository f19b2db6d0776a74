package io.gatewaykit.examples.edge.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the gateway stands, in one piece: what every format of the status shows. Times are in
 * milliseconds since 1970 where the name ends in {@code At}.
 *
 * @param version the gateway's version
 * @param at when this was taken
 * @param startedAt when the gateway started
 * @param verdict how things are, in one sentence
 * @param config which configuration is in force
 * @param traffic what came in and how it went
 * @param lines the provider lines, best first
 * @param switches the last changes, newest first
 * @param limiters the rate limits
 * @param waf the web application firewall
 * @param routes the routes in the order in which they are asked
 */
public record GatewayStatus(
    String version,
    long at,
    long startedAt,
    Verdict verdict,
    Config config,
    Traffic traffic,
    List<Line> lines,
    List<Switch> switches,
    List<Limiter> limiters,
    Waf waf,
    List<Route> routes) {

  /** How bad it is. */
  public enum Level {
    /** Everything works. */
    OK,
    /** It serves, but something wants attention. */
    WARNING,
    /** It does not serve. */
    CRITICAL
  }

  /**
   * How things are.
   *
   * @param level how bad it is
   * @param sentence what a person reads first
   */
  public record Verdict(Level level, String sentence) {}

  /**
   * Which configuration is in force.
   *
   * @param source the file, or what stands in for it
   * @param revision counts the configurations applied, from 1
   * @param loadedAt when it was applied
   * @param lastReload {@code none}, {@code applied} or {@code refused}
   * @param lastReloadAt when that was; 0 if never
   * @param problems why the last one was refused
   * @param applied how many changes were applied
   * @param refused how many were refused
   */
  public record Config(
      String source,
      long revision,
      long loadedAt,
      String lastReload,
      long lastReloadAt,
      List<String> problems,
      long applied,
      long refused) {}

  /**
   * What came in and how it went.
   *
   * @param requests all requests
   * @param inFlight those being served
   * @param perSecond how many came in the last second
   * @param limited those refused by a limit
   * @param blocked those refused by the firewall
   * @param failed those answered with 5xx
   * @param history the last minutes, one sample a second, oldest first
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
   * One second.
   *
   * @param at its end
   * @param picks how many attempts each line got, in the order of the lines
   * @param refused how many requests were refused by limits and the firewall
   * @param failed how many were answered with 5xx
   */
  public record Sample(long at, List<Long> picks, long refused, long failed) {}

  /**
   * A provider line.
   *
   * @param name its name
   * @param provider whose it is
   * @param priority the lowest number is used first
   * @param role {@code primary} or {@code backup}
   * @param active whether it gets the traffic now
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
   * @param id its id
   * @param weight its share in its line
   * @param state the word for its health
   * @param available whether it may get requests
   * @param since when it came into this state; 0 if it always was
   * @param decidedBy what brought it there: {@code active}, {@code passive}, {@code manual} or
   *     {@code nobody}
   * @param successes good probes in a row or so far, as the checker counts
   * @param httpFailures answers of bad status
   * @param tcpFailures failed connections
   * @param timeouts answers that did not come in time
   * @param lastProbe what the last probe found
   * @param successPercent of the recent attempts; null if there were none
   * @param p50Millis the median time of recent attempts; null if there were none
   * @param p95Millis the time that 95 % of them kept; null if there were none
   * @param inFlight attempts under way
   * @param picks attempts ever sent here
   * @param sharePercent of all picks
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
   * Something that changed.
   *
   * @param at when
   * @param kind {@code line}, {@code endpoint}, {@code config} or {@code operator}
   * @param what what changed
   * @param cause why
   */
  public record Switch(long at, String kind, String what, String cause) {}

  /**
   * A rate limit.
   *
   * @param name its name
   * @param rate such as {@code 5/s}
   * @param burst how many may come on top
   * @param mode {@code nodelay} or {@code delay}, {@code shadow} where it only counts, and {@code
   *     shared} where gateways count together
   * @param key what it counts by
   * @param allowed requests that passed at once
   * @param delayed requests that had to wait
   * @param rejected requests refused
   * @param keys buckets in this process that have not drained
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
   * @param families the families of rules in use
   * @param threshold the score from which a request is refused
   * @param blocked requests it refused
   * @param detected requests it found something in and let pass
   * @param incidents the last ones, newest first
   */
  public record Waf(
      String mode,
      List<String> families,
      int threshold,
      long blocked,
      long detected,
      List<Incident> incidents) {}

  /**
   * Something the firewall found.
   *
   * @param at when
   * @param id what the client was told
   * @param blocked whether the request was refused
   * @param score how bad it looked
   * @param request method and path
   * @param rules the ids of the rules that matched
   * @param where the part of the request where the first one matched
   * @param sample what it matched, escaped
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
   * @param name its name
   * @param priority the highest is asked first
   * @param match what it matches
   * @param limit its limit; empty for none
   * @param waf whether the firewall looks at its requests
   * @param hits requests it applied to
   */
  public record Route(
      String name, int priority, String match, String limit, boolean waf, long hits) {}
}
