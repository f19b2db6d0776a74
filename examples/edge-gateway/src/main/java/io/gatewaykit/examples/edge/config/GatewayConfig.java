package io.gatewaykit.examples.edge.config;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.redis.FailurePolicy;
import io.gatewaykit.waf.Exclusion;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.rule.RuleFamily;
import io.lettuce.core.RedisURI;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything the gateway can be told. Immutable; a value that came from {@link ConfigReader} is
 * valid as a whole.
 *
 * @param listen where clients connect
 * @param admin where the status page listens
 * @param client how the client is found behind proxies
 * @param limits the rate limits that routes name
 * @param waf the web application firewall
 * @param routes which policy applies to which request; empty for one route that takes everything
 * @param lines the provider lines
 * @param checks how endpoints are probed
 * @param policy how often and how long endpoints are tried
 * @param redis where shared limits are kept, or null if none is
 * @param sticky how clients are kept at their endpoints, or null if they are not
 */
public record GatewayConfig(
    InetSocketAddress listen,
    InetSocketAddress admin,
    ClientConfig client,
    List<LimitConfig> limits,
    WafConfig waf,
    List<RouteConfig> routes,
    List<LineConfig> lines,
    CheckConfig checks,
    PolicyConfig policy,
    @Nullable RedisConfig redis,
    @Nullable StickyConfig sticky) {

  /** Copies the lists. */
  public GatewayConfig {
    limits = List.copyOf(limits);
    routes = List.copyOf(routes);
    lines = List.copyOf(lines);
  }

  /** Returns this configuration, listening elsewhere. */
  public GatewayConfig withAddresses(InetSocketAddress listen, InetSocketAddress admin) {
    return new GatewayConfig(
        listen, admin, client, limits, waf, routes, lines, checks, policy, redis, sticky);
  }

  /** Returns the limit of the name, or null if there is none. */
  public @Nullable LimitConfig limit(String name) {
    for (LimitConfig limit : limits) {
      if (limit.name().equals(name)) {
        return limit;
      }
    }
    return null;
  }

  /**
   * How the client is found behind proxies.
   *
   * @param header the header the trusted proxies write
   * @param trustedProxies blocks of addresses, such as {@code 10.0.0.0/8}
   * @param ipv6Prefix how many bits of an IPv6 address make one client
   */
  public record ClientConfig(ForwardingHeader header, List<String> trustedProxies, int ipv6Prefix) {
    /** The default: whoever connects is the client. */
    public static final ClientConfig PEER = new ClientConfig(ForwardingHeader.NONE, List.of(), 64);

    /** Copies the list. */
    public ClientConfig {
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /** What a limit counts by. */
  public enum LimitKey {
    /** Each client network has its own bucket. */
    CLIENT_ADDRESS,
    /** Each host asked for has its own bucket. */
    HOST,
    /** All requests share one bucket. */
    ALL
  }

  /**
   * A rate limit.
   *
   * @param name the name by which routes refer to it
   * @param permits how many requests per period
   * @param period the period
   * @param burst how many requests may come on top at once
   * @param delay whether a burst is spread out instead of passed at once
   * @param key what is counted by
   * @param shadow whether it only counts what it would refuse
   * @param maxKeys how many keys are remembered at most
   * @param shared whether all gateways with the same Redis count together
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
      boolean shared) {}

  /**
   * The web application firewall.
   *
   * @param mode what it does with what it finds
   * @param families the families of rules in use
   * @param threshold the score from which a request is refused
   * @param exclusions what not to look at
   */
  public record WafConfig(
      WafMode mode, List<RuleFamily> families, int threshold, List<Exclusion> exclusions) {
    /** The families that are there without rules of one's own. */
    public static final List<RuleFamily> FAMILIES =
        List.copyOf(EnumSet.complementOf(EnumSet.of(RuleFamily.CUSTOM)));

    /** The default: everything it knows, blocking. */
    public static final WafConfig BLOCK_ALL = new WafConfig(WafMode.BLOCK, FAMILIES, 5, List.of());

    /** Copies the lists. */
    public WafConfig {
      families = List.copyOf(families);
      exclusions = List.copyOf(exclusions);
    }
  }

  /**
   * Which requests a policy applies to, and which policy.
   *
   * @param name the name, unique
   * @param priority the highest is asked first
   * @param host the host, or null for any
   * @param path the path pattern
   * @param methods the methods; empty for any
   * @param limit the limit's name, or null for none
   * @param waf whether the firewall looks at these requests
   */
  public record RouteConfig(
      String name,
      int priority,
      @Nullable String host,
      String path,
      List<String> methods,
      @Nullable String limit,
      boolean waf) {
    /** Copies the list. */
    public RouteConfig {
      methods = List.copyOf(methods);
    }
  }

  /**
   * A provider line: endpoints that are reached, and fail, together.
   *
   * @param name the name, unique
   * @param provider whose line it is, for people
   * @param priority the lowest number is used first
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
   * @param id {@code host:port} as written, unique in the whole configuration
   * @param address where it is, resolved
   * @param weight its share among the endpoints of its line
   */
  public record EndpointConfig(String id, InetSocketAddress address, int weight) {}

  /** How an endpoint is probed. */
  public enum CheckType {
    /** By a request; good statuses are 200 to 399. */
    HTTP,
    /** By a connection. */
    TCP
  }

  /**
   * How endpoints are probed.
   *
   * @param type by request or by connection
   * @param path the path of the request
   * @param interval the time between two probes of one endpoint
   * @param timeout how long an answer may take
   * @param rise how many good probes make an endpoint healthy
   * @param fall how many bad ones make it unhealthy
   */
  public record CheckConfig(
      CheckType type, String path, Duration interval, Duration timeout, int rise, int fall) {
    /** The default. */
    public static final CheckConfig DEFAULT =
        new CheckConfig(
            CheckType.HTTP, "/health", Duration.ofSeconds(1), Duration.ofMillis(500), 2, 3);
  }

  /**
   * How often and how long endpoints are tried.
   *
   * @param attempts how many endpoints a request may try, the first included
   * @param perTryTimeout how long each may take to answer
   * @param retries how much retries and hedges may add to the load, as a part of it
   * @param hedge what takes longer than this part of the line's answers is tried a second time
   *     beside; 0 for never
   * @param breaker the part of failures that closes an endpoint or a line to traffic; 0 for never
   */
  public record PolicyConfig(
      int attempts, Duration perTryTimeout, double retries, double hedge, double breaker) {
    /** The default. */
    public static final PolicyConfig DEFAULT =
        new PolicyConfig(3, Duration.ofSeconds(1), 0.2, 0.99, 0.5);
  }

  /**
   * Where shared limits are kept.
   *
   * @param uri which Redis, and as whom
   * @param prefix what names there begin with; gateways with the same one share their limits
   * @param deadline how long a decision may take
   * @param nodes among how many gateways a limit is divided while Redis does not serve
   * @param onFailure what decides then
   */
  public record RedisConfig(
      String uri, String prefix, Duration deadline, int nodes, FailurePolicy onFailure) {

    /** Says which Redis, but not as whom. */
    @Override
    public String toString() {
      return RedisURI.create(uri).toString();
    }
  }

  /**
   * How clients are kept at their endpoints.
   *
   * @param cookie the name of the cookie that carries the token
   * @param secure whether clients send it over TLS only
   * @param movesBack whether clients leave a line that gets no other traffic
   * @param keys the first one signs the tokens, all are accepted
   */
  public record StickyConfig(
      String cookie, boolean secure, boolean movesBack, List<StickyKey> keys) {
    /** Copies the list. */
    public StickyConfig {
      keys = List.copyOf(keys);
    }
  }

  /**
   * A key that signs tokens.
   *
   * @param number what all gateways call it
   * @param hex its bytes
   */
  public record StickyKey(int number, String hex) {
    /** Says which one, but not what it is. */
    @Override
    public String toString() {
      return "key " + number;
    }
  }
}
