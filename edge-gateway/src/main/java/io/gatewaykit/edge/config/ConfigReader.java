// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.edge.config.GatewayConfig.BoundsConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.edge.config.GatewayConfig.ClientConfig;
import io.gatewaykit.edge.config.GatewayConfig.DefaultsConfig;
import io.gatewaykit.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import io.gatewaykit.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.edge.config.GatewayConfig.RedisConfig;
import io.gatewaykit.edge.config.GatewayConfig.RouteConfig;
import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.edge.config.StickyConfig.StickyKey;
import io.gatewaykit.wafrules.BoundedParser;
import io.gatewaykit.wafrules.BoundedParser.BoundException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads a configuration from YAML. The text is composed into nodes and never constructed into
 * objects. There are therefore no type tags and no environment variables, and each node has its
 * line and column.
 */
public final class ConfigReader {
  private static final int MAX_CODE_POINTS = 1 << 20;
  // Enough for convenience, too few for an alias bomb (each level multiplies the tree).
  private static final int MAX_ALIASES = 16;

  static final Scalar<String> NAME =
      Scalar.text(
          "a name of letters, digits, '-', '_' and '.', at most 64",
          text -> text.matches("[A-Za-z0-9_.-]{1,64}"));
  private static final Scalar<String> TEXT =
      Scalar.text("a text of 1 to 128 characters", t -> !t.isBlank() && t.length() <= 128);
  private static final Scalar<String> PATH =
      Scalar.text(
          "a path that starts with / and contains no blank",
          t -> t.matches("/[\\x21-\\x7e]*") && t.length() <= 1024);
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
   * @param file the name of the file, for messages
   * @param yaml the text of the file
   * @throws ConfigException if the configuration is invalid; lists every problem
   */
  public static GatewayConfig read(String file, String yaml) throws ConfigException {
    var problems = new ConfigProblems(file);
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

  private static @Nullable Node compose(String file, String yaml, ConfigProblems problems) {
    var settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(MAX_CODE_POINTS)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();
    try {
      var parser = new BoundedParser(new ParserImpl(settings, new StreamReader(settings, yaml)));
      Optional<Node> root = new Composer(settings, parser).getSingleNode();
      if (root.isEmpty()) {
        problems.add(Optional.empty(), "", "an empty file", "at least the field lines");
      }
      return root.orElse(null);
    } catch (MarkedYamlEngineException e) {
      String expected = e instanceof BoundException bound ? bound.expected() : "well-formed YAML";
      problems.add(e.getProblemMark(), "", String.valueOf(e.getProblem()), expected);
    } catch (YamlEngineException e) {
      problems.add(Optional.empty(), "", String.valueOf(e.getMessage()), "well-formed YAML");
    }
    return null;
  }

  private static GatewayConfig gateway(YamlMap map, Path file) {
    InetSocketAddress listen = map.scalar("listen", Scalar.LISTEN, LISTEN);
    InetSocketAddress admin = map.scalar("admin", Scalar.LISTEN, ADMIN);
    ClientConfig client = map.map("client-address", ConfigReader::client, ClientConfig.PEER);
    RedisConfig redis = map.optionalMap("redis", LimitSection::redis);
    List<LimitConfig> limits = map.named("limits", (name, m) -> LimitSection.limit(name, m, redis));
    var limitNames = RouteSection.LimitNames.of(limits);
    WafConfig waf = WafSection.read(map, file);
    DefaultsConfig defaults =
        map.map("defaults", m -> RouteSection.defaults(m, limitNames, waf), DefaultsConfig.GUARDED);
    var routeNames = new HashSet<>(Set.of(DefaultsConfig.NAME));
    List<RouteConfig> routes =
        map.list("routes", m -> RouteSection.route(m, limitNames, waf, routeNames));
    var lineNames = new HashSet<String>();
    var endpointIds = new HashSet<String>();
    List<LineConfig> lines = map.list("lines", m -> line(m, lineNames, endpointIds));
    if (lines.isEmpty()) {
      map.problems().add(map.where("lines"), "lines", "none", "a list of at least one line");
    }
    CheckConfig checks = map.map("checks", ConfigReader::checks, CheckConfig.DEFAULT);
    PolicyConfig policy = map.map("policy", ConfigReader::policy, PolicyConfig.DEFAULT);
    StickyConfig sticky = map.optionalMap("sticky", m -> sticky(m, file));
    BoundsConfig bounds = map.map("bounds", ConfigReader::bounds, BoundsConfig.OF_PROCESS);
    return new GatewayConfig(
        listen, admin, client, limits, waf, defaults, routes, lines, checks, policy, redis, sticky,
        bounds);
  }

  private static BoundsConfig bounds(YamlMap map) {
    return new BoundsConfig(
        map.optional("connections", Scalar.wholeNumber(1, 10_000_000)),
        map.optional("held-bytes", Scalar.size(1 << 20, 1L << 40)),
        map.optional("slow-readers", Scalar.wholeNumber(1, 10_000_000)));
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
              "forwarded or x-forwarded-for if proxies are trusted");
    }
    if (header != ForwardingHeader.NONE && proxies.isEmpty()) {
      map.problems()
          .add(
              map.where("header"),
              map.at("trusted-proxies"),
              "none",
              "at least one trusted proxy that writes the header");
    }
    return new ClientConfig(header, proxies, prefix);
  }

  private static LineConfig line(YamlMap map, Set<String> names, Set<String> endpointIds) {
    String name = unique(map, "name", names, "a unique name");
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
      address = LISTEN; // already reported as a problem; never applied
    }
    String id = address.getHostString() + ":" + address.getPort();
    if (!ids.add(id)) {
      map.problems().add(map.where("address"), map.at("address"), id, "a unique address");
    }
    return new EndpointConfig(id, address, map.scalar("weight", Scalar.integer(1, 1_000), 1));
  }

  private static CheckConfig checks(YamlMap map) {
    CheckConfig byDefault = CheckConfig.DEFAULT;
    var checks =
        new CheckConfig(
            map.scalar("type", Scalar.oneOf(CheckType.class), byDefault.type()),
            map.scalar("path", PATH, byDefault.path()),
            map.scalar(
                "interval",
                Scalar.duration(Duration.ofMillis(100), Duration.ofHours(1)),
                byDefault.interval()),
            map.scalar("timeout", SHORT_TIME, byDefault.timeout()),
            map.scalar("rise", Scalar.integer(1, 100), byDefault.rise()),
            map.scalar("fall", Scalar.integer(1, 100), byDefault.fall()));
    if (checks.timeout().compareTo(checks.interval()) > 0) {
      String field = map.has("timeout") ? "timeout" : "interval";
      map.problems()
          .add(
              map.where(field),
              map.at("timeout"),
              checks.timeout().toMillis() + "ms",
              "at most the interval, " + checks.interval().toMillis() + "ms");
    }
    return checks;
  }

  private static PolicyConfig policy(YamlMap map) {
    PolicyConfig byDefault = PolicyConfig.DEFAULT;
    return new PolicyConfig(
        map.scalar("attempts", Scalar.integer(1, 10), byDefault.attempts()),
        map.scalar("per-try-timeout", SHORT_TIME, byDefault.perTryTimeout()),
        map.scalar("connect-timeout", SHORT_TIME, byDefault.connectTimeout()),
        map.scalar(
            "body-timeout",
            Scalar.duration(Duration.ofSeconds(1), Duration.ofHours(24)),
            byDefault.bodyTimeout()),
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
              "a key with a unique number: generate another one");
    } else {
      keys.add(key);
    }
  }

  static String unique(YamlMap map, String field, Set<String> taken, String expected) {
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
