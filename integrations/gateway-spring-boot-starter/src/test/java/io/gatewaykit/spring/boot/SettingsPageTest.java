// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.ratelimit.ConcurrencyLimiterBuilder;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.spring.boot.GatewayKitProperties.ClientAddressSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.ConcurrencySettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.ExclusionSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.FilterSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.RateLimitSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.RedisSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.RouteSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.WafSettings;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.rule.Exclusion;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.json.JsonParserFactory;

/** The page, the metadata for IDEs, the properties and the builders agree. */
class SettingsPageTest {
  private static final Path PAGE = Path.of("../../docs/spring-boot.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z0-9-]+)` \\|(.*?)\\|(.*?)\\|(.+)\\|$", Pattern.MULTILINE);

  /** The groups of properties by the sections of the page. */
  private static final Map<String, Class<?>> GROUPS =
      Map.of(
          "gatewaykit", GatewayKitProperties.class,
          "gatewaykit.client-address", ClientAddressSettings.class,
          "gatewaykit.ratelimit.NAME", RateLimitSettings.class,
          "gatewaykit.redis", RedisSettings.class,
          "gatewaykit.concurrency.NAME", ConcurrencySettings.class,
          "gatewaykit.waf", WafSettings.class,
          "gatewaykit.waf.exclusions", ExclusionSettings.class,
          "gatewaykit.routes", RouteSettings.class,
          "gatewaykit.filter", FilterSettings.class);

  private static Map<String, String> rows(String section) throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("\n### " + section + "\n");
    assertThat(from).as(section).isPositive();
    int to = page.indexOf("\n##", from + 1);
    Matcher row = ROW.matcher(page.substring(from, to));
    var rows = new TreeMap<String, String>();
    while (row.find()) {
      rows.put(row.group(1), row.group(3).strip());
    }
    return rows;
  }

  private static boolean isGroup(String name) {
    return GROUPS.keySet().stream()
        .anyMatch(group -> group.matches("gatewaykit\\." + name + "(\\.NAME)?"));
  }

  static Set<String> sections() {
    return GROUPS.keySet();
  }

  @ParameterizedTest
  @MethodSource("sections")
  void section_listsTheProperties(String section) throws IOException {
    List<String> names =
        UnknownPropertyFailureAnalyzer.names(requireNonNull(GROUPS.get(section))).stream()
            .filter(name -> !section.equals("gatewaykit") || !isGroup(name))
            .toList();
    assertThat(rows(section).keySet()).containsExactlyInAnyOrderElementsOf(names);
  }

  @ParameterizedTest
  @MethodSource("sections")
  void metadata_describesTheProperties(String section) throws IOException {
    Map<String, Map<String, Object>> metadata = metadata();
    for (Map.Entry<String, String> row : rows(section).entrySet()) {
      if (section.endsWith("NAME") || section.matches(".*(routes|exclusions)")) {
        continue; // described with the type of the values
      }
      String name = section + "." + row.getKey();
      assertThat(metadata).containsKey(name);
      Map<String, Object> property = requireNonNull(metadata.get(name));
      assertThat(property).containsKeys("type", "description");
      Matcher stated = Pattern.compile("`([^`]+)`").matcher(row.getValue());
      if (stated.matches()) {
        assertThat(property.get("defaultValue")).as(row.getKey()).hasToString(stated.group(1));
      }
    }
  }

  @Test
  void metadata_hasDefaultsForKnownPropertiesOnly() throws IOException {
    metadata().forEach((name, property) -> assertThat(property).as(name).containsKey("type"));
  }

  @Test
  void firewall_hasTheStatedDefaults() throws IOException {
    Waf waf = Waf.builder().build();
    Map<String, String> stated = rows("gatewaykit.waf");
    assertThat(stated.get("mode")).isEqualTo(word(waf.mode()));
    assertThat(stated.get("threshold")).isEqualTo("`" + waf.threshold() + "`");
    assertThat(stated.get("failure-mode"))
        .isEqualTo(word(WafGuard.builder(waf).build().failureMode()));
    KeyedLeakyBucket<Object> bucket = KeyedLeakyBucket.builder().limit(Limit.perSecond(1)).build();
    assertThat(rows("gatewaykit.ratelimit.NAME").get("failure-mode"))
        .isEqualTo(word(RateLimitGuard.builder("a", bucket).build().failureMode()));
  }

  private static String word(Enum<?> value) {
    return "`" + value.name().toLowerCase(Locale.ROOT).replace('_', '-') + "`";
  }

  /**
   * Each builder with the properties for its settings, and the settings that only code can make.
   */
  static Stream<Arguments> builders() {
    return Stream.of(
        Arguments.of(
            ClientAddressResolver.Builder.class,
            Map.of("ipv6PrefixLength", "ipv6Prefix"),
            ClientAddressSettings.class,
            Set.of()),
        Arguments.of(
            RateLimitGuard.Builder.class,
            Map.of(),
            RateLimitSettings.class,
            Set.of("cost", "settle", "rejection")),
        Arguments.of(
            KeyedLeakyBucket.Builder.class,
            Map.of("limit", "rate"),
            RateLimitSettings.class,
            Set.of("limits", "ticker", "overflow", "keyHash", "exactKeys", "maxWaiters")),
        Arguments.of(
            ConcurrencyLimiterBuilder.class,
            Map.of(),
            ConcurrencySettings.class,
            Set.of("adaptive", "maxWaiters", "usualLatency", "ticker")),
        Arguments.of(
            Waf.Builder.class,
            Map.of(
                "familyMode", "familyModes",
                "ruleMode", "ruleModes",
                "ruleScore", "ruleScores",
                "exclude", "exclusions"),
            WafSettings.class,
            Set.of("limits", "rule", "listener")),
        Arguments.of(WafGuard.Builder.class, Map.of(), WafSettings.class, Set.of()),
        Arguments.of(
            GatewayFilter.Builder.class,
            Map.of(),
            FilterSettings.class,
            Set.of(
                "guards",
                "clientAddress",
                "rejections",
                "multipart",
                "bodyBudget",
                "parking",
                "scheduler")));
  }

  @ParameterizedTest
  @MethodSource("builders")
  void settings_ofBuildersHaveProperties(
      Class<?> builder, Map<String, String> renamed, Class<?> group, Set<String> inCode) {
    var settings = new TreeSet<String>();
    for (Method method : builder.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && method.getReturnType() == builder) {
        settings.add(method.getName());
      }
    }
    assertThat(settings).containsAll(inCode);
    settings.removeAll(inCode);
    assertThat(settings.stream().map(name -> renamed.getOrDefault(name, name)))
        .isSubsetOf(components(group));
  }

  @Test
  void exclusion_hasThePropertiesOfItsRecord() {
    assertThat(components(ExclusionSettings.class)).isEqualTo(components(Exclusion.class));
  }

  private static List<String> components(Class<?> type) {
    return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Map<String, Object>> metadata() throws IOException {
    var byName = new TreeMap<String, Map<String, Object>>();
    try (InputStream in =
        GatewayKitProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      assertThat(in).as("metadata").isNotNull();
      Map<String, Object> json =
          JsonParserFactory.getJsonParser()
              .parseMap(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      for (Object property : new ArrayList<>((List<Object>) json.get("properties"))) {
        Map<String, Object> entry = (Map<String, Object>) property;
        byName.put((String) entry.get("name"), entry);
      }
    }
    return byName;
  }
}
