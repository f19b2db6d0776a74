package io.gatewaykit.examples.edge.config;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.examples.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.examples.edge.config.GatewayConfig.ClientConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.LimitKey;
import io.gatewaykit.examples.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.RedisConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.StickyConfig;
import io.gatewaykit.examples.edge.config.GatewayConfig.StickyKey;
import io.gatewaykit.examples.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.redis.FailurePolicy;
import io.gatewaykit.waf.Exclusion;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import io.lettuce.core.RedisURI;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a configuration from YAML. The text is only composed into nodes, never constructed into
 * objects: no type tags, no environment, and each node knows its line and column.
 */
public final class ConfigReader {
  private static final int MAX_CODE_POINTS = 1 << 20;
  // A handful is convenience; hundreds would be a bomb (each level of aliases multiplies the tree).
  private static final int MAX_ALIASES = 16;

  private static final Scalar<String> NAME =
      Scalar.text(
          "a name of letters, digits, '-', '_' and '.', at most 64",
          text -> text.matches("[A-Za-z0-9_.-]{1,64}"));
  private static final Scalar<String> TEXT =
      Scalar.text("a text of 1 to 128 characters", t -> !t.isBlank() && t.length() <= 128);
  private static final Scalar<String> PATH =
      Scalar.text(
          "a path that begins with / and holds no blank",
          t -> t.matches("/[\\x21-\\x7e]*") && t.length() <= 1024);
  private static final Scalar<String> PATTERN =
      Scalar.text(
          "a path such as /chat, with * for one segment and a last ** for any rest",
          t -> t.matches("(/([^/*\\s]*|\\*))*(/\\*\\*)?") && t.startsWith("/"));
  private static final Scalar<String> HOST =
      Scalar.text(
          "a host name, or *.NAME for all hosts below it",
          t -> t.matches("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*"));
  private static final Scalar<String> METHOD =
      Scalar.text("a method in capital letters, such as GET", t -> t.matches("[A-Z]{1,32}"));
  private static final Scalar<String> RULE =
      Scalar.text("a rule's id", t -> t.matches("[A-Za-z0-9_.-]{1,64}"));
  private static final Scalar<RuleFamily> FAMILY = Scalar.oneOf(WafConfig.FAMILIES);
  private static final Scalar<String> REDIS_URI =
      Scalar.text(
          "a URI such as redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT",
          text -> text.length() <= 1024);
  private static final Scalar<String> FILE =
      Scalar.text("a file's name", t -> !t.isBlank() && t.length() <= 1024 && t.indexOf(0) < 0);
  private static final Scalar<Duration> SHORT_TIME =
      Scalar.duration(Duration.ofMillis(1), Duration.ofMinutes(5));

  private static final InetSocketAddress LISTEN =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
  private static final InetSocketAddress ADMIN =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901);

  private ConfigReader() {}

  /**
   * Reads a configuration.
   *
   * @param file the file's name, for messages
   * @param yaml its text
   * @throws ConfigException if anything is wrong; it lists everything that is
   */
  public static GatewayConfig read(String file, String yaml) throws ConfigException {
    var problems = new Problems(file);
    Node root = compose(file, yaml, problems);
    if (root == null) {
      throw problems.exception();
    }
    GatewayConfig config;
    try (var map = new YamlMap(problems, "", root)) {
      config = gateway(map, Path.of(file));
    }
    if (!problems.isEmpty()) {
      throw problems.exception();
    }
    return config;
  }

  private static @Nullable Node compose(String file, String yaml, Problems problems) {
    var settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(MAX_CODE_POINTS)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      if (root.isEmpty()) {
        problems.add(Optional.empty(), "", "an empty file", "at least the field lines");
      }
      return root.orElse(null);
    } catch (MarkedYamlEngineException e) {
      problems.add(e.getProblemMark(), "", String.valueOf(e.getProblem()), "well-formed YAML");
    } catch (YamlEngineException e) {
      problems.add(Optional.empty(), "", String.valueOf(e.getMessage()), "well-formed YAML");
    }
    return null;
  }

  private static GatewayConfig gateway(YamlMap map, Path file) {
    InetSocketAddress listen = map.scalar("listen", Scalar.LISTEN, LISTEN);
    InetSocketAddress admin = map.scalar("admin", Scalar.LISTEN, ADMIN);
    ClientConfig client = map.map("client-address", ConfigReader::client, ClientConfig.PEER);
    RedisConfig redis = map.optionalMap("redis", ConfigReader::redis);
    List<LimitConfig> limits = map.named("limits", (name, m) -> limit(name, m, redis != null));
    var limitNames = new TreeSet<String>();
    limits.forEach(limit -> limitNames.add(limit.name()));
    WafConfig waf = map.map("waf", ConfigReader::waf, WafConfig.BLOCK_ALL);
    var routeNames = new HashSet<String>();
    List<RouteConfig> routes = map.list("routes", m -> route(m, limitNames, routeNames));
    var lineNames = new HashSet<String>();
    var endpointIds = new HashSet<String>();
    List<LineConfig> lines = map.list("lines", m -> line(m, lineNames, endpointIds));
    if (lines.isEmpty()) {
      map.problems().add(map.where("lines"), "lines", "none", "a list of at least one line");
    }
    CheckConfig checks = map.map("checks", ConfigReader::checks, CheckConfig.DEFAULT);
    PolicyConfig policy = map.map("policy", ConfigReader::policy, PolicyConfig.DEFAULT);
    StickyConfig sticky = map.optionalMap("sticky", m -> sticky(m, file));
    return new GatewayConfig(
        listen, admin, client, limits, waf, routes, lines, checks, policy, redis, sticky);
  }

  private static ClientConfig client(YamlMap map) {
    ForwardingHeader header =
        map.scalar("header", Scalar.oneOf(ForwardingHeader.class), ForwardingHeader.NONE);
    List<String> proxies = map.scalars("trusted-proxies", Scalar.CIDR, List.of());
    int prefix = map.scalar("ipv6-prefix", Scalar.integer(1, 128), 64);
    if (header == ForwardingHeader.NONE && !proxies.isEmpty()) {
      map.problems()
          .add(
              map.where("trusted-proxies"),
              map.at("header"),
              "none",
              "forwarded or x-forwarded-for where proxies are trusted");
    }
    if (header != ForwardingHeader.NONE && proxies.isEmpty()) {
      map.problems()
          .add(
              map.where("header"),
              map.at("trusted-proxies"),
              "none",
              "at least one proxy that is trusted to write the header");
    }
    return new ClientConfig(header, proxies, prefix);
  }

  private static RedisConfig redis(YamlMap map) {
    String uri = map.required("uri", REDIS_URI);
    if (uri != null && !isRedisUri(uri)) { // which may hold a password
      map.problems().add(map.where("uri"), map.at("uri"), "something else", REDIS_URI.expected());
    }
    return new RedisConfig(
        uri == null ? "redis://127.0.0.1" : uri, // noted as a problem; never applied
        map.scalar("prefix", NAME, "edge"),
        map.scalar(
            "deadline",
            Scalar.duration(Duration.ofMillis(1), Duration.ofSeconds(10)),
            Duration.ofMillis(25)),
        map.scalar("nodes", Scalar.integer(1, 10_000), 1),
        map.scalar("on-failure", Scalar.oneOf(FailurePolicy.class), FailurePolicy.LOCAL));
  }

  private static boolean isRedisUri(String text) {
    try {
      return RedisURI.create(text).getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static LimitConfig limit(String name, YamlMap map, boolean hasRedis) {
    if (NAME.parser().parse(name) == null) {
      map.problems().add(map.where(""), map.at("name"), name, NAME.expected());
    }
    Scalar.Rate rate = map.required("rate", Scalar.RATE_LIMIT);
    if (rate == null) {
      rate = new Scalar.Rate(1, Duration.ofSeconds(1)); // noted as a problem; never applied
    }
    boolean shared = map.scalar("shared", Scalar.BOOLEAN, hasRedis);
    if (shared && !hasRedis) {
      map.problems()
          .add(map.where("shared"), map.at("shared"), "true", "false, or a field redis at the top");
    }
    return new LimitConfig(
        name,
        rate.permits(),
        rate.period(),
        map.scalar("burst", Scalar.integer(0, 1_000_000), 0),
        map.scalar("mode", Scalar.oneOf(LimitMode.class), LimitMode.NODELAY) == LimitMode.DELAY,
        map.scalar("key", Scalar.oneOf(LimitKey.class), LimitKey.CLIENT_ADDRESS),
        map.scalar("shadow", Scalar.BOOLEAN, false),
        map.scalar("max-keys", Scalar.integer(1_024, 10_000_000), 100_000),
        shared);
  }

  /** How a limit treats a burst, in the words of nginx. */
  private enum LimitMode {
    NODELAY,
    DELAY
  }

  private static WafConfig waf(YamlMap map) {
    return new WafConfig(
        map.scalar("mode", Scalar.oneOf(WafMode.class), WafMode.BLOCK),
        map.scalars("families", FAMILY, WafConfig.FAMILIES),
        map.scalar("threshold", Scalar.integer(1, 10_000), WafConfig.BLOCK_ALL.threshold()),
        map.list("exclusions", ConfigReader::exclusion));
  }

  private static Exclusion exclusion(YamlMap map) {
    String rule = map.optional("rule", RULE);
    RuleFamily family = map.optional("family", FAMILY);
    String parameter = map.optional("parameter", TEXT);
    String prefix = map.optional("path-prefix", PATH);
    if (rule == null && family == null && parameter == null && prefix == null) {
      map.problems()
          .add(
              map.where(""),
              map.at("rule"),
              "missing",
              "at least one of family, parameter, path-prefix, rule");
    }
    return new Exclusion(
        rule, family, null, parameter == null ? null : Target.ARG, parameter, prefix);
  }

  private static RouteConfig route(YamlMap map, Set<String> limits, Set<String> names) {
    String name = unique(map, "name", names, "a name no other route has");
    String limit = map.optional("limit", NAME);
    if (limit != null && !limits.contains(limit)) {
      map.problems()
          .add(
              map.where("limit"),
              map.at("limit"),
              limit,
              limits.isEmpty() ? "no limits are defined" : "one of " + String.join(", ", limits));
    }
    return new RouteConfig(
        name,
        map.scalar("priority", Scalar.integer(-1_000_000, 1_000_000), 0),
        map.optional("host", HOST),
        map.scalar("path", PATTERN, "/**"),
        List.copyOf(Set.copyOf(map.scalars("methods", METHOD, List.of()))),
        limit,
        map.scalar("waf", Scalar.BOOLEAN, true));
  }

  private static LineConfig line(YamlMap map, Set<String> names, Set<String> endpointIds) {
    String name = unique(map, "name", names, "a name no other line has");
    var line =
        new LineConfig(
            name,
            map.scalar("provider", TEXT, name),
            map.scalar("priority", Scalar.integer(0, 1_000), 0),
            map.list("endpoints", m -> endpoint(m, endpointIds)));
    if (line.endpoints().isEmpty()) {
      map.problems()
          .add(
              map.where("endpoints"),
              map.at("endpoints"),
              "none",
              "a list of at least one endpoint");
    }
    return line;
  }

  private static EndpointConfig endpoint(YamlMap map, Set<String> ids) {
    InetSocketAddress address = map.required("address", Scalar.HOST_PORT);
    if (address == null) {
      address = LISTEN; // noted as a problem; never applied
    }
    String id = address.getHostString() + ":" + address.getPort();
    if (!ids.add(id)) {
      map.problems()
          .add(map.where("address"), map.at("address"), id, "an address no other endpoint has");
    }
    return new EndpointConfig(id, address, map.scalar("weight", Scalar.integer(1, 1_000), 1));
  }

  private static CheckConfig checks(YamlMap map) {
    CheckConfig byDefault = CheckConfig.DEFAULT;
    return new CheckConfig(
        map.scalar("type", Scalar.oneOf(CheckType.class), byDefault.type()),
        map.scalar("path", PATH, byDefault.path()),
        map.scalar(
            "interval",
            Scalar.duration(Duration.ofMillis(100), Duration.ofHours(1)),
            byDefault.interval()),
        map.scalar("timeout", SHORT_TIME, byDefault.timeout()),
        map.scalar("rise", Scalar.integer(1, 100), byDefault.rise()),
        map.scalar("fall", Scalar.integer(1, 100), byDefault.fall()));
  }

  private static PolicyConfig policy(YamlMap map) {
    PolicyConfig byDefault = PolicyConfig.DEFAULT;
    return new PolicyConfig(
        map.scalar("attempts", Scalar.integer(1, 10), byDefault.attempts()),
        map.scalar("per-try-timeout", SHORT_TIME, byDefault.perTryTimeout()),
        map.scalar("retries", Scalar.number(0, 10), byDefault.retries()),
        map.scalar("hedge", Scalar.numberOrOff(0.5, 0.999), byDefault.hedge()),
        map.scalar("breaker", Scalar.numberOrOff(0.01, 1), byDefault.breaker()));
  }

  private static StickyConfig sticky(YamlMap map, Path file) {
    var keys = new ArrayList<StickyKey>();
    String signing = map.required("key-file", FILE);
    if (signing != null) {
      addKey(map, "key-file", file.resolveSibling(signing), keys);
    }
    for (String accepted : map.scalars("accepted-key-files", FILE, List.of())) {
      addKey(map, "accepted-key-files", file.resolveSibling(accepted), keys);
    }
    return new StickyConfig(
        map.scalar("cookie", NAME, "edge"),
        map.scalar("secure", Scalar.BOOLEAN, false),
        map.scalar("moves-back", Scalar.BOOLEAN, true),
        keys);
  }

  private static void addKey(YamlMap map, String field, Path file, List<StickyKey> keys) {
    StickyKey key = KeyFile.read(file);
    if (key == null) {
      map.problems().add(map.where(field), map.at(field), file.toString(), KeyFile.EXPECTED);
    } else if (keys.stream().anyMatch(other -> other.number() == key.number())) {
      map.problems()
          .add(
              map.where(field),
              map.at(field),
              file.toString(),
              "a key whose number no other has: make anew");
    } else {
      keys.add(key);
    }
  }

  private static String unique(YamlMap map, String field, Set<String> taken, String expected) {
    String name = map.required(field, NAME);
    if (name == null) {
      return "";
    }
    if (!taken.add(name)) {
      map.problems().add(map.where(field), map.at(field), name, expected);
    }
    return name;
  }
}
