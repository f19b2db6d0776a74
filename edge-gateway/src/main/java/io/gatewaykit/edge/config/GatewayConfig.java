// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.redis.FailurePolicy;
import io.gatewaykit.wafrules.WafPolicy;
import io.lettuce.core.RedisURI;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the gateway. Immutable. A value returned by {@link ConfigReader} is valid
 * and consistent.
 *
 * @param listen the address of the proxy
 * @param admin the address of the status page
 * @param client the determination of client addresses behind proxies
 * @param limits the rate limits that routes refer to
 * @param waf the web application firewall
 * @param defaults the policy of requests that match no route
 * @param routes the policies of all other requests
 * @param lines the provider lines
 * @param checks the probes of endpoints
 * @param policy attempts and timeouts
 * @param redis the Redis for shared limits, or null if no limit is shared
 * @param sticky the session affinity of clients, or null for none
 * @param bounds the bounds across all clients
 */
public record GatewayConfig(
    InetSocketAddress listen,
    InetSocketAddress admin,
    ClientConfig client,
    List<LimitConfig> limits,
    WafConfig waf,
    DefaultsConfig defaults,
    List<RouteConfig> routes,
    List<LineConfig> lines,
    CheckConfig checks,
    PolicyConfig policy,
    @Nullable RedisConfig redis,
    @Nullable StickyConfig sticky,
    BoundsConfig bounds) {

  /** Copies the lists. */
  public GatewayConfig {
    limits = List.copyOf(limits);
    routes = List.copyOf(routes);
    lines = List.copyOf(lines);
  }

  /** Returns a copy with other listen addresses. */
  public GatewayConfig withAddresses(InetSocketAddress listen, InetSocketAddress admin) {
    return new GatewayConfig(
        listen, admin, client, limits, waf, defaults, routes, lines, checks, policy, redis, sticky,
        bounds);
  }

  /** Returns a copy with every endpoint replaced. */
  public GatewayConfig withEndpoints(UnaryOperator<EndpointConfig> replacement) {
    var replaced = new ArrayList<LineConfig>();
    for (LineConfig line : lines) {
      var endpoints = new ArrayList<EndpointConfig>();
      line.endpoints().forEach(endpoint -> endpoints.add(replacement.apply(endpoint)));
      replaced.add(new LineConfig(line.name(), line.provider(), line.priority(), endpoints));
    }
    return new GatewayConfig(
        listen, admin, client, limits, waf, defaults, routes, replaced, checks, policy, redis,
        sticky, bounds);
  }

  /** Returns the limit with this name, or null if absent. */
  public @Nullable LimitConfig limit(String name) {
    for (LimitConfig limit : limits) {
      if (limit.name().equals(name)) {
        return limit;
      }
    }
    return null;
  }

  /**
   * The rules for determining client addresses behind proxies.
   *
   * @param header the header that the trusted proxies write
   * @param trustedProxies address blocks, such as {@code 10.0.0.0/8}
   * @param ipv6Prefix the prefix length, in bits, that identifies an IPv6 client
   */
  public record ClientConfig(ForwardingHeader header, List<String> trustedProxies, int ipv6Prefix) {
    /** The default: the client is the peer of the connection. */
    public static final ClientConfig PEER = new ClientConfig(ForwardingHeader.NONE, List.of(), 64);

    /** Copies the list. */
    public ClientConfig {
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /** The key of a limit. */
  public enum LimitKey {
    /** One bucket per client network. */
    CLIENT_ADDRESS,
    /** One bucket per requested host. */
    HOST,
    /** One bucket for all requests. */
    ALL
  }

  /**
   * A rate limit.
   *
   * @param name the name that routes refer to
   * @param permits the number of requests per period
   * @param period the period
   * @param burst the number of additional requests admitted immediately
   * @param delay whether a burst is delayed to the rate instead of served immediately
   * @param key the key of the limit
   * @param shadow whether rejections are counted but not enforced
   * @param maxKeys the maximum number of keys retained
   * @param shared whether all gateways that use the same Redis share the limit
   * @param cost the cost of a request; an estimate with {@code settle}
   * @param settle the JSON member of responses with the actual cost; empty for none
   */
  public record LimitConfig(
      String name,
      long permits,
      Duration period,
      long burst,
      boolean delay,
      LimitKey key,
      boolean shadow,
      int maxKeys,
      boolean shared,
      int cost,
      String settle) {}

  /**
   * The web application firewall.
   *
   * @param policy the policy of routes that name none
   * @param named the policies that routes can name
   */
  public record WafConfig(WafPolicy policy, Map<String, WafPolicy> named) {
    /** The default: all families, in blocking mode. */
    public static final WafConfig BLOCK_ALL = new WafConfig(WafPolicy.defaults(), Map.of());

    /** Copies the map. */
    public WafConfig {
      named = Map.copyOf(named);
    }

    /** Returns all policies by name; the empty name is the default policy. */
    public Map<String, WafPolicy> policies() {
      var all = new HashMap<>(named);
      all.put("", policy);
      return all;
    }

    /** Returns the files included by the policies. */
    public List<Path> includes() {
      return policies().values().stream().flatMap(each -> each.includes().stream()).toList();
    }
  }

  /**
   * The guards of WebSocket messages sent by clients of a route.
   *
   * @param limit the name of the limit on messages, or null for none
   * @param waf whether the firewall inspects text messages; null for the setting of the route
   * @param wafPolicy the name of its policy, if {@code waf} is not null; empty for the default
   * @param maxMessage the maximum message size in bytes, or null for the default
   * @param idleTimeout the time without traffic after which the connection is closed
   */
  public record WebSocketConfig(
      @Nullable String limit,
      @Nullable Boolean waf,
      String wafPolicy,
      @Nullable Integer maxMessage,
      Duration idleTimeout) {
    /** The default: the firewall of the route, and no limit. */
    public static final WebSocketConfig AS_ROUTE =
        new WebSocketConfig(null, null, "", null, Duration.ofMinutes(10));

    /** The default maximum message size if the firewall inspects messages: 1 MiB. */
    public static final int MAX_INSPECTED_MESSAGE = 1 << 20;
  }

  /**
   * The policy of requests that match no route.
   *
   * @param waf whether the firewall inspects them
   * @param limit the name of the limit, or null for none
   * @param webSocket the guards of WebSocket messages
   */
  public record DefaultsConfig(boolean waf, @Nullable String limit, WebSocketConfig webSocket) {
    /** Creates defaults with the default guards for WebSockets. */
    public DefaultsConfig(boolean waf, @Nullable String limit) {
      this(waf, limit, WebSocketConfig.AS_ROUTE);
    }

    /** The route name of the defaults. */
    public static final String NAME = "defaults";

    /** The firewall, and no limit. */
    public static final DefaultsConfig GUARDED = new DefaultsConfig(true, null);
  }

  /**
   * A route: a matcher for requests, and their policy.
   *
   * @param name the name, unique
   * @param priority the priority; the highest is evaluated first
   * @param host the host, or null for any
   * @param path the path pattern
   * @param methods the methods; empty for any
   * @param limit the name of the limit, or null for none
   * @param waf whether the firewall inspects these requests
   * @param wafPolicy the name of its policy; empty for the default
   * @param webSocket the guards of WebSocket messages
   */
  public record RouteConfig(
      String name,
      int priority,
      @Nullable String host,
      String path,
      List<String> methods,
      @Nullable String limit,
      boolean waf,
      String wafPolicy,
      WebSocketConfig webSocket) {
    /** Creates a route with the default firewall policy and WebSocket guards. */
    public RouteConfig(
        String name,
        int priority,
        @Nullable String host,
        String path,
        List<String> methods,
        @Nullable String limit,
        boolean waf) {
      this(name, priority, host, path, methods, limit, waf, "", WebSocketConfig.AS_ROUTE);
    }

    /** Copies the list. */
    public RouteConfig {
      methods = List.copyOf(methods);
    }
  }

  /**
   * A provider line: endpoints that share a network path and fail together.
   *
   * @param name the name, unique
   * @param provider the provider, human-readable
   * @param priority the priority; the lowest number is preferred
   * @param endpoints its endpoints
   */
  public record LineConfig(
      String name, String provider, int priority, List<EndpointConfig> endpoints) {
    /** Copies the list. */
    public LineConfig {
      endpoints = List.copyOf(endpoints);
    }
  }

  /**
   * One endpoint of a line.
   *
   * @param id {@code host:port} as written, unique in the configuration
   * @param address the resolved address
   * @param weight the weight in its line
   */
  public record EndpointConfig(String id, InetSocketAddress address, int weight) {}

  /** The kind of probe. */
  public enum CheckType {
    /** An HTTP request; statuses 200 to 399 are successes. */
    HTTP,
    /** A TCP connection. */
    TCP
  }

  /**
   * The probes of endpoints.
   *
   * @param type the kind of probe
   * @param path the path of an HTTP probe
   * @param interval the time between two probes of an endpoint
   * @param timeout the timeout of a probe
   * @param rise the number of successes that make an endpoint healthy
   * @param fall the number of failures that make it unhealthy
   */
  public record CheckConfig(
      CheckType type, String path, Duration interval, Duration timeout, int rise, int fall) {
    /** The default. */
    public static final CheckConfig DEFAULT =
        new CheckConfig(
            CheckType.HTTP, "/health", Duration.ofSeconds(1), Duration.ofMillis(500), 2, 3);
  }

  /**
   * Attempts, timeouts and circuit breaking.
   *
   * @param attempts the maximum number of attempts per request, including the first
   * @param perTryTimeout the timeout of each attempt until its response head arrives
   * @param connectTimeout the timeout of connecting
   * @param bodyTimeout the maximum pause of a server in the body of a response
   * @param retries the retry budget, as a ratio of recent requests
   * @param hedge the quantile of the line's latency after which an attempt is hedged; 0 for never
   * @param breaker the failure rate that opens the breaker of an endpoint or line; 0 for never
   */
  public record PolicyConfig(
      int attempts,
      Duration perTryTimeout,
      Duration connectTimeout,
      Duration bodyTimeout,
      double retries,
      double hedge,
      double breaker) {
    /** The default. */
    public static final PolicyConfig DEFAULT =
        new PolicyConfig(
            3,
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            0.2,
            0.99,
            0.5);
  }

  /**
   * The Redis that stores shared limits.
   *
   * @param uri the URI, with credentials
   * @param prefix the prefix of keys; gateways with the same prefix share their limits
   * @param deadline the time limit of a decision
   * @param nodes the number of gateways among which a limit is divided during an outage
   * @param onFailure the failure policy during an outage
   */
  public record RedisConfig(
      String uri, String prefix, Duration deadline, int nodes, FailurePolicy onFailure) {
    /** The maximum length of a limit's name in Redis, in characters. */
    public static final int MAX_NAME = 100;

    /** Returns the name of a limit in Redis. */
    public String nameOf(String limit) {
      return prefix + "/" + limit;
    }

    /** Returns the URI without credentials. */
    @Override
    public String toString() {
      return RedisURI.create(uri).toString();
    }
  }

  /**
   * Bounds across all clients. Null values are derived from the resources of the process.
   *
   * @param connections the maximum number of client connections
   * @param heldBytes the maximum number of buffered bytes of heads, bodies and messages
   * @param slowReaders the maximum number of connections whose client does not read its response
   */
  public record BoundsConfig(
      @Nullable Long connections, @Nullable Long heldBytes, @Nullable Long slowReaders) {
    /** The default: all bounds are derived from the process. */
    public static final BoundsConfig OF_PROCESS = new BoundsConfig(null, null, null);
  }
}
