// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.ratelimit.HeaderStyle;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code gatewaykit.*}. A component that is null was not set; the default of the
 * builder then applies, or that of a customizer. The application does not start if a property has
 * an unknown name. Immutable.
 *
 * @param enabled Whether requests are guarded.
 * @param clientAddress Determination of the client behind proxies.
 * @param ratelimit Rate limits by name.
 * @param concurrency Limits on concurrent requests by name.
 * @param redis Limits that are shared through Redis.
 * @param waf The web application firewall.
 * @param routes Limits and firewall by request. Without routes, every request gets all limits and
 *     the firewall.
 * @param rejections The response to rejected requests.
 * @param filter The servlet filter.
 */
@ConfigurationProperties(prefix = GatewayKitProperties.PREFIX, ignoreUnknownFields = false)
public record GatewayKitProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue ClientAddressSettings clientAddress,
    @DefaultValue Map<String, RateLimitSettings> ratelimit,
    @DefaultValue Map<String, ConcurrencySettings> concurrency,
    @DefaultValue RedisSettings redis,
    @DefaultValue WafSettings waf,
    @DefaultValue List<RouteSettings> routes,
    @DefaultValue("problem-json") Rejections rejections,
    @DefaultValue FilterSettings filter) {
  static final String PREFIX = "gatewaykit";

  /** Copies the collections. */
  public GatewayKitProperties {
    ratelimit = Map.copyOf(ratelimit);
    concurrency = Map.copyOf(concurrency);
    routes = List.copyOf(routes);
  }

  /** The response to a rejected request. */
  public enum Rejections {
    /** A problem document, or the output of a {@code RejectionRenderer} bean. */
    PROBLEM_JSON,
    /** The error page of the application. */
    SEND_ERROR,
    /** An exception for the preceding filters. */
    THROW
  }

  /**
   * The determination of the client behind proxies.
   *
   * @param header Header field that the trusted proxies write.
   * @param trustedProxies Addresses of trusted proxies, such as 10.0.0.0/8.
   * @param trustedHops Number of proxies that are trusted regardless of their addresses, 0 to 16.
   * @param maxHops Maximum number of entries of the header field to follow, 1 to 64.
   * @param ipv6Prefix Prefix length, in bits, that identifies an IPv6 client, 1 to 128.
   */
  public record ClientAddressSettings(
      @Nullable ForwardingHeader header,
      @DefaultValue List<String> trustedProxies,
      @Nullable Integer trustedHops,
      @Nullable Integer maxHops,
      @Nullable Integer ipv6Prefix) {
    /** Copies the list. */
    public ClientAddressSettings {
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /** The treatment of a burst. */
  public enum BurstMode {
    /** Requests of the burst are served immediately. */
    NODELAY,
    /** Requests of the burst are delayed to the rate. */
    DELAY
  }

  /** The place of the state of a rate limit. */
  public enum Store {
    /** In this process. */
    MEMORY,
    /** In Redis, shared by all instances of the application. */
    REDIS
  }

  /** What a rate limit applies to. */
  public enum Subject {
    /** Requests, and calls of methods with {@code @RateLimited}. */
    REQUESTS,
    /** Only calls of methods with {@code @RateLimited}. */
    METHODS
  }

  /**
   * A rate limit.
   *
   * @param rate Permitted rate of requests for each key, such as 5/s, 300/m or 1000/h.
   * @param burst Number of further requests that are admitted immediately.
   * @param mode Whether the requests of a burst are served immediately or delayed to the rate.
   * @param key Value that separates the limits: client-address, principal, host, route, all,
   *     header:NAME, a bean as @NAME, or a combination of these.
   * @param exempt Networks whose clients are not limited.
   * @param maxKeys Maximum number of keys that are tracked.
   * @param shadow Whether rejections are counted but not enforced.
   * @param failureMode Treatment of requests when the limiter fails.
   * @param headers Header fields that inform the client about the limit.
   * @param afterAuthentication Whether the limit applies after Spring Security instead of before
   *     it.
   * @param appliesTo Whether the limit applies to requests, or only to methods with @RateLimited.
   * @param store Where the limit is stored.
   */
  public record RateLimitSettings(
      @Nullable Rate rate,
      @Nullable Long burst,
      @DefaultValue("nodelay") BurstMode mode,
      @DefaultValue List<String> key,
      @DefaultValue List<String> exempt,
      @Nullable Integer maxKeys,
      @Nullable Boolean shadow,
      @Nullable FailureMode failureMode,
      @Nullable HeaderStyle headers,
      @Nullable Boolean afterAuthentication,
      @DefaultValue("requests") Subject appliesTo,
      @DefaultValue("memory") Store store) {
    /** Copies the lists. */
    public RateLimitSettings {
      key = List.copyOf(key);
      exempt = List.copyOf(exempt);
    }
  }

  /**
   * A limit on concurrent requests.
   *
   * @param max Maximum number of requests served concurrently for each key.
   * @param burst Number of further requests that are served after a delay.
   * @param key Value that separates the limits, as for a rate limit.
   * @param maxHold Time after which the permit of a request is reclaimed.
   * @param afterAuthentication Whether the limit applies after Spring Security instead of before
   *     it.
   */
  public record ConcurrencySettings(
      @Nullable Integer max,
      @Nullable Integer burst,
      @DefaultValue List<String> key,
      @Nullable Duration maxHold,
      @Nullable Boolean afterAuthentication) {
    /** Copies the list. */
    public ConcurrencySettings {
      key = List.copyOf(key);
    }
  }

  /** The decisions of a shared limit while Redis is unavailable. */
  public enum RedisFailurePolicy {
    /** The share of this instance is applied in memory. */
    LOCAL,
    /** All requests are admitted. */
    OPEN,
    /** All requests are rejected. */
    CLOSED
  }

  /**
   * Limits that are shared through Redis.
   *
   * @param uri URI of the server. By default, the connection of Spring Data Redis is used.
   * @param prefix Prefix of the names of limits in Redis. Applications with the same prefix share
   *     limits of the same name.
   * @param failurePolicy Decisions while Redis is unavailable; required if a limit is stored in
   *     Redis.
   * @param nodes Number of instances that share a limit while Redis is unavailable, 1 to 10000.
   * @param deadline Maximum time for a decision, 1 ms to 10 s.
   * @param startWithoutRedis Whether the application starts if Redis is unavailable.
   */
  public record RedisSettings(
      @Nullable String uri,
      @DefaultValue("") String prefix,
      @Nullable RedisFailurePolicy failurePolicy,
      @Nullable Integer nodes,
      @Nullable Duration deadline,
      @Nullable Boolean startWithoutRedis) {}

  /**
   * The web application firewall.
   *
   * @param mode Whether requests are inspected, and rejected.
   * @param threshold Score at which a request is rejected, 1 to 10000.
   * @param paranoia Level of the rules that reject, 1 to 3.
   * @param detectionParanoia Level of the rules that are evaluated, 1 to 3.
   * @param families Families of built-in rules that apply.
   * @param familyModes Modes by family of rules.
   * @param ruleModes Modes by rule.
   * @param ruleScores Scores by rule, 1 to 100.
   * @param exclusions Values and paths that are exempt from rules.
   * @param rejectOversize Whether a body that is too large to inspect is rejected with 413.
   * @param rejectUnknownCodings Whether a body with an unsupported content coding is rejected with
   *     415.
   * @param failureMode Treatment of requests whose inspection fails.
   */
  public record WafSettings(
      @Nullable WafMode mode,
      @Nullable Integer threshold,
      @Nullable Integer paranoia,
      @Nullable Integer detectionParanoia,
      @DefaultValue List<RuleFamily> families,
      @DefaultValue Map<RuleFamily, RuleMode> familyModes,
      @DefaultValue Map<String, RuleMode> ruleModes,
      @DefaultValue Map<String, Integer> ruleScores,
      @DefaultValue List<ExclusionSettings> exclusions,
      @Nullable Boolean rejectOversize,
      @Nullable Boolean rejectUnknownCodings,
      @Nullable FailureMode failureMode) {
    /** Copies the collections. */
    public WafSettings {
      families = List.copyOf(families);
      familyModes = Map.copyOf(familyModes);
      ruleModes = Map.copyOf(ruleModes);
      ruleScores = Map.copyOf(ruleScores);
      exclusions = List.copyOf(exclusions);
    }
  }

  /**
   * An exemption from rules. At most one of rule, family and tag.
   *
   * @param rule Excluded rule.
   * @param family Excluded family of rules.
   * @param tag Tag of the excluded rules.
   * @param target Part of the request to which the exclusion is restricted.
   * @param name Name of the parameter, cookie or header field.
   * @param path Path to which the exclusion is restricted, with all paths below it.
   * @param source Whether only parameters of the query or of the body are exempt.
   */
  public record ExclusionSettings(
      @Nullable String rule,
      @Nullable RuleFamily family,
      @Nullable String tag,
      @Nullable Target target,
      @Nullable String name,
      @Nullable String path,
      Exclusion.@Nullable Source source) {}

  /**
   * The guards of matching requests.
   *
   * @param name Unique name.
   * @param path Pattern of paths, with * for a segment and ** for any rest.
   * @param methods Methods, all if empty.
   * @param host Host, or *.NAME for all hosts below it.
   * @param priority Priority; the highest is evaluated first.
   * @param limits Names of rate limits and concurrency limits.
   * @param waf Whether the firewall inspects the requests.
   */
  public record RouteSettings(
      @Nullable String name,
      @DefaultValue("/**") String path,
      @DefaultValue List<String> methods,
      @Nullable String host,
      @DefaultValue("0") int priority,
      @DefaultValue List<String> limits,
      @DefaultValue("true") boolean waf) {
    /** Copies the lists. */
    public RouteSettings {
      methods = List.copyOf(methods);
      limits = List.copyOf(limits);
    }
  }

  /**
   * The servlet filter.
   *
   * @param order Order of the filter; see docs/spring-boot.md before changing it.
   * @param afterAuthenticationOrder Order of the filter for limits after authentication; by default
   *     directly after Spring Security.
   * @param urlPatterns URL patterns of guarded requests.
   * @param maxWaiting Maximum number of requests that wait, 1 to 1000000.
   * @param maxWaitingThreads Maximum number of platform threads that wait, 1 to 1000000.
   * @param rewriteRemoteAddress Whether getRemoteAddr returns the resolved client to the
   *     application.
   */
  public record FilterSettings(
      @Nullable Integer order,
      @Nullable Integer afterAuthenticationOrder,
      @DefaultValue("/*") List<String> urlPatterns,
      @Nullable Integer maxWaiting,
      @Nullable Integer maxWaitingThreads,
      @Nullable Boolean rewriteRemoteAddress) {
    /** Copies the list. */
    public FilterSettings {
      urlPatterns = List.copyOf(urlPatterns);
    }
  }
}
