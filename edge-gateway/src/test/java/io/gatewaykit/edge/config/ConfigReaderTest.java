// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.edge.config.GatewayConfig.BoundsConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckConfig;
import io.gatewaykit.edge.config.GatewayConfig.CheckType;
import io.gatewaykit.edge.config.GatewayConfig.LimitKey;
import io.gatewaykit.edge.config.GatewayConfig.PolicyConfig;
import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.edge.proxy.ProxyLimits;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
  private static final String LINES =
      """
      lines:
        - name: one
          endpoints:
            - address: 127.0.0.1:9001
      """;

  private static GatewayConfig read(String yaml) throws ConfigException {
    return ConfigReader.read("edge.yaml", yaml);
  }

  private static List<String> problems(String yaml) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(yaml));
    assertThat(e).as("must be refused").isNotNull();
    return e.problems();
  }

  @Test
  void read_onlyLines_takesDefaults() throws ConfigException {
    GatewayConfig config = read(LINES);
    assertThat(config.listen().toString()).endsWith("127.0.0.1:8080");
    assertThat(config.admin().toString()).endsWith("127.0.0.1:9901");
    assertThat(config.waf()).isEqualTo(WafConfig.BLOCK_ALL);
    assertThat(config.checks()).isEqualTo(CheckConfig.DEFAULT);
    assertThat(config.policy()).isEqualTo(PolicyConfig.DEFAULT);
    assertThat(config.routes()).isEmpty();
    assertThat(config.lines()).hasSize(1);
    assertThat(config.lines().get(0).endpoints().get(0).id()).isEqualTo("127.0.0.1:9001");
  }

  @Test
  void read_example_hasEveryField() throws Exception {
    Path example = Path.of("edge-gateway.yaml");
    GatewayConfig config =
        ConfigReader.read(example.toString(), Files.readString(example, StandardCharsets.UTF_8));
    assertThat(config.client().header()).isEqualTo(ForwardingHeader.X_FORWARDED_FOR);
    assertThat(config.client().trustedProxies()).containsExactly("10.0.0.0/8", "192.168.0.0/16");
    GatewayConfig.LimitConfig chat = requireNonNull(config.limit("chat"));
    assertThat(chat.permits()).isEqualTo(5);
    assertThat(chat.period()).isEqualTo(Duration.ofSeconds(1));
    assertThat(chat.burst()).isEqualTo(5);
    assertThat(chat.delay()).isFalse();
    assertThat(chat.key()).isEqualTo(LimitKey.CLIENT_ADDRESS);
    assertThat(config.limit("uploads"))
        .matches(limit -> limit != null && limit.delay() && limit.shadow());
    Waf waf = config.waf().policy().waf().build();
    assertThat(waf.mode()).isEqualTo(WafMode.BLOCK);
    assertThat(waf.families()).contains(RuleFamily.PHP, RuleFamily.SQLI, RuleFamily.CUSTOM);
    assertThat(waf.rules()).containsEntry("order-id", RuleMode.ENFORCE);
    assertThat(waf.rules()).containsEntry("xss-style", RuleMode.COUNT);
    assertThat(config.waf().named()).containsOnlyKeys("strict");
    assertThat(config.routes().get(0).wafPolicy()).isEqualTo("strict");
    assertThat(config.routes()).extracting(r -> r.name()).containsExactly("chat", "site");
    assertThat(config.defaults().limit()).isEqualTo("uploads");
    assertThat(config.defaults().waf()).isTrue();
    assertThat(config.routes().get(1).methods()).containsExactlyInAnyOrder("GET", "HEAD");
    assertThat(config.lines()).extracting(l -> l.priority()).containsExactly(0, 1);
    assertThat(config.lines().get(0).endpoints()).extracting(e -> e.weight()).containsExactly(3, 1);
    assertThat(config.checks().type()).isEqualTo(CheckType.HTTP);
    assertThat(config.checks().interval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.policy())
        .isEqualTo(
            new PolicyConfig(
                3,
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                0.2,
                0.99,
                0.5));
    GatewayConfig.RedisConfig redis = requireNonNull(config.redis());
    assertThat(redis.prefix()).isEqualTo("edge");
    assertThat(redis.deadline()).isEqualTo(Duration.ofMillis(25));
    assertThat(redis.nodes()).isEqualTo(2);
    assertThat(chat.shared()).as("by default where there is a Redis").isTrue();
    assertThat(config.limit("uploads")).matches(limit -> limit != null && !limit.shared());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "listen: 8080 | edge.yaml:1:9: listen: 8080 (expected: ADDRESS:PORT with an address of this"
            + " machine and a port from 0 to 65535)",
        "listen: [a] | edge.yaml:1:9: listen: a list (expected: ADDRESS:PORT with an address of"
            + " this machine and a port from 0 to 65535)",
        "lisen: 127.0.0.1:80 | edge.yaml:1:1: lisen: unknown field (expected: one of admin, bounds, checks,"
            + " client-address, defaults, limits, lines, listen, policy, redis, routes, sticky, waf,"
            + " waf-policies)",
        "waf: {mode: blok} | edge.yaml:1:13: waf.mode: blok (expected: one of off, detect, block)",
        "waf: {threshold: 0} | edge.yaml:1:18: waf.threshold: threshold: 0 (expected: 1..10000)",
        "waf: {exclusions: [{}]} | edge.yaml:1:20: waf.exclusions[0]: excludes everything"
            + " (expected: at least one of family, on, path, rule, tag)",
        "limits: {chat: {rate: 5}} | edge.yaml:1:23: limits.chat.rate: 5 (expected: a rate from 1"
            + " to 1000000 such as 5/s, 300/m or 1000/h)",
        "limits: {chat: {burst: 5}} | edge.yaml:1:16: limits.chat.rate: missing (expected: a rate"
            + " from 1 to 1000000 such as 5/s, 300/m or 1000/h)",
        "limits: {chat: {rate: 5/s, burst: -1}} | edge.yaml:1:35: limits.chat.burst: -1 (expected:"
            + " a whole number from 0 to 1000000)",
        "limits: {chat: {rate: 5/s, shadow: yes}} | edge.yaml:1:36: limits.chat.shadow: yes"
            + " (expected: true or false)",
        "limits: [] | edge.yaml:1:9: limits: a list (expected: a mapping of fields to values)",
        "routes: [{name: a, limit: b}] | edge.yaml:1:27: routes[0].limit: b (expected: no limits"
            + " are defined)",
        "routes: [{name: a}, {name: a}] | edge.yaml:1:28: routes[1].name: a (expected: a unique"
            + " name, not defaults)",
        "routes: [{name: a, path: chat}] | edge.yaml:1:26: routes[0].path: chat (expected: a path"
            + " such as /chat, with * for one segment and a trailing ** for any remainder)",
        "routes: {} | edge.yaml:1:9: routes: a mapping (expected: a list)",
        "client-address: {trusted-proxies: [10.0.0.0/33], header: forwarded} | edge.yaml:1:36:"
            + " client-address.trusted-proxies[0]: 10.0.0.0/33 (expected: an IP address or"
            + " ADDRESS/PREFIX, such as 10.0.0.0/8)",
        "client-address: {trusted-proxies: [10.0.0.0/8]} | edge.yaml:1:35: client-address.header:"
            + " none (expected: forwarded or x-forwarded-for if proxies are trusted)",
        "checks: {interval: 1} | edge.yaml:1:20: checks.interval: 1 (expected: a time from 100ms to"
            + " 3600s, such as 500ms, 2s or 1m)",
        "checks: {interval: 1s, timeout: 2s} | edge.yaml:1:33: checks.timeout: 2000ms (expected: at most"
            + " the interval, 1000ms)",
        "checks: {interval: 100ms} | edge.yaml:1:20: checks.timeout: 500ms (expected: at most the"
            + " interval, 100ms)",
        "policy: {attempts: 11} | edge.yaml:1:20: policy.attempts: 11 (expected: a whole number"
            + " from 1 to 10)",
        "policy: {hedge: 1} | edge.yaml:1:17: policy.hedge: 1 (expected: a number from 0.5 to"
            + " 0.999, or off)",
        "policy: {retries: 11} | edge.yaml:1:19: policy.retries: 11 (expected: a number from 0.0 to"
            + " 10.0)",
        "policy: {attempts: 2, attempts: 3} | edge.yaml:1:23: policy.attempts: duplicate field"
            + " (expected: each field once)",
      })
  void read_oneMistake_isNamedWithItsPosition(String line, String message) {
    assertThat(problems(line + "\n" + LINES)).contains(message);
  }

  @Test
  void read_off_isForNever() throws Exception {
    PolicyConfig policy =
        ConfigReader.read("edge.yaml", "policy: {hedge: off, breaker: off}\n" + LINES).policy();
    assertThat(policy.hedge()).isZero();
    assertThat(policy.breaker()).isZero();
  }

  @Test
  void read_routeWithUnknownLimit_namesThoseThereAre() {
    String yaml =
        """
        limits:
          api: {rate: 10/s}
          chat: {rate: 5/s}
        routes:
          - name: a
            limit: chta
        """;
    assertThat(problems(yaml + LINES))
        .containsExactly("edge.yaml:6:12: routes[0].limit: chta (expected: one of api, chat)");
  }

  @Test
  void read_severalMistakes_areAllReportedInOrder() {
    assertThat(
            problems(
                """
                listen: nowhere
                waf:
                  mode: maybe
                lines:
                  - name: one
                    endpoints:
                      - address: 127.0.0.1:9001
                      - adress: 127.0.0.1:9002
                """))
        .extracting(problem -> problem.substring(0, problem.indexOf(" (")))
        .containsExactly(
            "edge.yaml:1:9: listen: nowhere",
            "edge.yaml:3:9: waf.mode: maybe",
            "edge.yaml:8:9: lines[0].endpoints[1].address: missing",
            "edge.yaml:8:9: lines[0].endpoints[1].adress: unknown field");
  }

  @Test
  void read_bounds_replaceThoseOfTheProcess() throws ConfigException {
    assertThat(read(LINES).bounds()).isEqualTo(BoundsConfig.OF_PROCESS);
    GatewayConfig config =
        read(LINES + "bounds: {connections: 5000, held-bytes: 3GiB, slow-readers: 7}");
    assertThat(config.bounds()).isEqualTo(new BoundsConfig(5000L, 3L << 30, 7L));
    ProxyLimits limits =
        ProxyLimits.ofProcess()
            .with(null, config.bounds().heldBytes(), config.bounds().slowReaders());
    assertThat(limits.held().maxBytes()).isEqualTo(3L << 30);
    assertThat(limits.maxSlowReaders()).isEqualTo(7);
    assertThat(limits.maxConnections()).isEqualTo(ProxyLimits.ofProcess().maxConnections());
  }

  @Test
  void read_boundsOutOfRange_areNamedWithTheirPosition() {
    assertThat(
            problems(
                LINES + "bounds: {connections: 0, held-bytes: 1023KiB, slow-readers: -1, rate: 1}"))
        .satisfiesExactly(
            p ->
                assertThat(p)
                    .startsWith("edge.yaml:5:23: bounds.connections: 0 (expected: a whole"),
            p -> assertThat(p).startsWith("edge.yaml:5:38: bounds.held-bytes: 1023KiB"),
            p -> assertThat(p).startsWith("edge.yaml:5:61: bounds.slow-readers: -1"),
            p -> assertThat(p).contains("bounds.rate: unknown field"));
  }

  @Test
  void read_nameThatIsTooLongForRedis_isNamedWithItsPosition() throws ConfigException {
    String prefix = "p".repeat(64);
    String redis = "redis: {uri: redis://127.0.0.1, prefix: " + prefix + "}\n" + LINES;
    String tooLong = "n".repeat(36);
    assertThat(problems(redis + "limits: {" + tooLong + ": {rate: 1/s}}"))
        .singleElement()
        .asString()
        .contains(tooLong, "at most 35 characters after the redis prefix");
    read(redis + "limits: {" + tooLong.substring(1) + ": {rate: 1/s}}");
    read(redis + "limits: {" + tooLong + ": {rate: 1/s, shared: false}}");
  }

  @Test
  void read_sameEndpointTwice_isRejected() {
    assertThat(problems(LINES + "      - address: 127.0.0.1:9001\n"))
        .containsExactly(
            "edge.yaml:5:18: lines[0].endpoints[1].address: 127.0.0.1:9001 (expected: a unique"
                + " address)");
  }

  @Test
  void read_noLines_isRejected() {
    assertThat(problems("listen: 127.0.0.1:80"))
        .containsExactly("edge.yaml:1:1: lines: none (expected: a list of at least one line)");
    assertThat(problems(""))
        .containsExactly("edge.yaml:1:1: an empty file (expected: at least the field lines)");
  }

  @Test
  void read_malformedYaml_isNamedWithItsPosition() {
    assertThat(problems("waf:\n  mode: [block\nlines: []\n"))
        .singleElement()
        .asString()
        .startsWith("edge.yaml:3:6: ")
        .endsWith("(expected: well-formed YAML)");
    assertThat(problems("waf:\n\tmode: block\n"))
        .singleElement()
        .asString()
        .startsWith("edge.yaml:2:1: ");
  }

  @Test
  void read_aliasBomb_isRejected() {
    var yaml = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++) {
      yaml.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problems(yaml.toString())).isNotEmpty();
  }

  @Test
  void read_deepNesting_isNamedWithItsPosition() {
    assertThat(problems(LINES + "waf: " + "[".repeat(100_000)))
        .containsExactly("edge.yaml:5:69: nested too deeply (expected: at most 64 levels)");
  }

  @Test
  void read_nodeThatContainsItself_isNamedWithItsPosition() {
    assertThat(problems(LINES + "waf: {rules: &rules [*rules]}"))
        .containsExactly(
            "edge.yaml:5:22: an alias of the node that contains it (expected: an earlier node)");
  }

  @Test
  void read_hugeFile_isRejected() {
    assertThat(problems("# " + "x".repeat(2 << 20) + "\n" + LINES)).isNotEmpty();
  }

  @Test
  void read_typeTag_constructsNothing() {
    assertThat(problems("waf: !!javax.script.ScriptEngineManager [x]\n" + LINES))
        .containsExactly("edge.yaml:1:6: waf: a list (expected: a mapping of fields to values)");
  }

  @Test
  void read_environmentReference_staysText() {
    assertThat(problems("listen: ${PATH}\n" + LINES))
        .singleElement()
        .asString()
        .startsWith("edge.yaml:1:9: listen: ${PATH} (expected: ");
  }

  @Test
  void problem_controlCharactersAndLength_stayOneShortLine() {
    assertThat(problems("listen: \"a\\nb\\e[31m" + "x".repeat(500) + "\"\n" + LINES))
        .singleElement()
        .asString()
        .doesNotContain("\n", "\u001b")
        .hasSizeLessThan(300);
  }

  @Test
  void sticky_keysAreReadFromFilesNextToTheConfiguration(@TempDir Path folder) throws Exception {
    byte[] key = new byte[32];
    Files.write(folder.resolve("now.key"), key);
    key[0] = 1;
    Files.write(folder.resolve("before.key"), key);
    String file = folder.resolve("edge.yaml").toString();
    String yaml =
        LINES + "sticky: {key-file: now.key, accepted-key-files: [before.key], cookie: at}\n";
    var sticky = requireNonNull(ConfigReader.read(file, yaml).sticky());
    assertThat(sticky.cookie()).isEqualTo("at");
    assertThat(sticky.secure()).isFalse();
    assertThat(sticky.keys()).hasSize(2);
    assertThat(sticky.keys().get(0).hex()).isEqualTo("00".repeat(32));
    assertThat(sticky.toString()).doesNotContain("0000");
    assertThat(ConfigReader.read(file, yaml)).isEqualTo(ConfigReader.read(file, yaml));

    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> ConfigReader.read(file, yaml.replace("before.key", "now.key")));
    assertThat(e.problems().toString()).contains("sticky.accepted-key-files", "a unique number");
  }

  @Test
  void sticky_badKeys_areRejected(@TempDir Path folder) throws Exception {
    Files.write(folder.resolve("short.key"), new byte[31]);
    Files.write(folder.resolve("long.key"), new byte[1025]);
    for (String name : List.of("short.key", "long.key", "none.key", ".")) {
      ConfigException e =
          catchThrowableOfType(
              ConfigException.class,
              () ->
                  ConfigReader.read(
                      folder.resolve("edge.yaml").toString(),
                      LINES + "sticky: {key-file: " + name + "}\n"));
      assertThat(e.problems()).hasSize(1);
      assertThat(e.problems().get(0))
          .contains("sticky.key-file", name, "a readable file of 32 to 1024 bytes");
    }
    assertThat(problems(LINES + "sticky: {cookie: at}\n").get(0)).contains("sticky.key-file");
  }

  @Test
  void read_firewallPolicies_haveErrorsWithTheirPosition() {
    assertThat(problems("waf:\n  exclusions: [{rule: xss-script-tags}]\n" + LINES))
        .containsExactly(
            "edge.yaml:2:16: waf.exclusions[0]: exclusion: rule xss-script-tags"
                + " (expected: the id of a rule, such as xss-script-tag)");
    assertThat(problems("waf-policies:\n  strict: {paranoia: 4}\n" + LINES))
        .containsExactly(
            "edge.yaml:2:22: waf-policies.strict.paranoia: paranoia: 4 (expected: 1..3)");
    assertThat(problems("waf-policies: {strict: {}}\nroutes: [{name: a, waf: stict}]\n" + LINES))
        .containsExactly(
            "edge.yaml:2:25: routes[0].waf: stict"
                + " (expected: on or off, true or false, or one of strict)");
  }
}
