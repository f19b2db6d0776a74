// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page lists the keys that the reader accepts, and their defaults. */
class SettingsPageTest {
  private static final Path PAGE = Path.of("../docs/edge-gateway.md");
  private static final Pattern SECTION = Pattern.compile("^### `?([^`\n]+)`?$", Pattern.MULTILINE);
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z0-9-]+)` \\| (.*?) \\| (.*?) \\| .*\\|$", Pattern.MULTILINE);
  private static final Pattern ACCEPTED =
      Pattern.compile("[.:\\s]zz: unknown field \\(expected: one of ([^)]*)\\)");
  private static final String LINES =
      "lines: [{name: a, endpoints: [{address: '127.0.0.1:9001'}]}]\n";

  /** Each section of the page, in a file where {@code %s} stands for further keys. */
  private static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("Top level", LINES + "%s"),
          Map.entry("bounds", LINES + "bounds: {%s}"),
          Map.entry("client-address", LINES + "client-address: {%s}"),
          Map.entry("limits.NAME", LINES + "limits: {a: {rate: 5/s, %s}}"),
          Map.entry("redis", LINES + "redis: {uri: 'redis://127.0.0.1', %s}"),
          Map.entry("defaults", LINES + "defaults: {%s}"),
          Map.entry("routes", LINES + "routes: [{name: a, %s}]"),
          Map.entry("websocket", LINES + "routes: [{name: a, websocket: {%s}}]"),
          Map.entry("lines", LINES.replace("name: a,", "name: a, %s, ").replace("%s, ,", "%s,")),
          Map.entry("endpoints", LINES.replace("9001'", "9001', %s")),
          Map.entry("checks", LINES + "checks: {%s}"),
          Map.entry("sticky", LINES + "sticky: {key-file: a.key, %s}"),
          Map.entry("policy", LINES + "policy: {%s}"));

  @TempDir Path folder;

  @BeforeEach
  void writeKey() throws IOException {
    Files.write(folder.resolve("a.key"), new byte[32]);
  }

  static List<String> sections() {
    return List.copyOf(FILES.keySet());
  }

  @Test
  void page_hasNoOtherSection() throws IOException {
    assertThat(rows().keySet()).containsExactlyInAnyOrderElementsOf(FILES.keySet());
  }

  @ParameterizedTest
  @MethodSource("sections")
  void section_listsTheKeysThatTheReaderAccepts(String section) throws IOException {
    ConfigException rejected =
        catchThrowableOfType(ConfigException.class, () -> read(section, "zz: 1"));
    Matcher accepted = ACCEPTED.matcher(String.join("\n", rejected.problems()));
    assertThat(accepted.find()).as("%s", rejected.problems()).isTrue();
    assertThat(rows(section).keySet())
        .isEqualTo(new TreeSet<>(List.of(accepted.group(1).split(", "))));
  }

  /** A default that is written as a value changes nothing where it is set. */
  @ParameterizedTest
  @MethodSource("sections")
  void section_statesTheDefaults(String section) throws Exception {
    GatewayConfig unset = read(section, "");
    for (Map.Entry<String, String> row : rows(section).entrySet()) {
      if (row.getValue().matches("`[^`]+`")) {
        String value = row.getValue().replace("`", "");
        assertThat(read(section, row.getKey() + ": '" + value + "'"))
            .as(row.getKey())
            .isEqualTo(unset);
      }
    }
  }

  @Test
  void page_namesTheKeysOfTheFirewall() throws IOException {
    ConfigException rejected =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigReader.read("edge.yaml", LINES + "waf: {zz: 1}"));
    Matcher accepted = ACCEPTED.matcher(String.join("\n", rejected.problems()));
    assertThat(accepted.find()).as("%s", rejected.problems()).isTrue();
    String policies = Files.readString(Path.of("../docs/waf.md"));
    String example = Files.readString(Path.of("edge-gateway.yaml"));
    for (String key : accepted.group(1).split(", ", -1)) {
      assertThat(policies).containsPattern("(?m)^" + key + ":");
      assertThat(example).containsPattern("(?m)^  " + key + ":");
    }
  }

  private GatewayConfig read(String section, String keys) throws ConfigException {
    String yaml = requireNonNull(FILES.get(section)).replace("%s", keys).replace(", ,", ",");
    return ConfigReader.read(folder.resolve("edge.yaml").toString(), yaml);
  }

  private static Map<String, String> rows(String section) throws IOException {
    return requireNonNull(rows().get(section), section);
  }

  /** Returns the default of each key, by section. */
  private static Map<String, Map<String, String>> rows() throws IOException {
    String page = Files.readString(PAGE);
    page = page.substring(page.indexOf("\n## Settings\n"), page.indexOf("\n## Reloading\n"));
    var rows = new TreeMap<String, Map<String, String>>();
    Matcher section = SECTION.matcher(page);
    while (section.find()) {
      int next = page.indexOf("\n### ", section.end());
      String text = page.substring(section.end(), next < 0 ? page.length() : next);
      var keys = new TreeMap<String, String>();
      Matcher row = ROW.matcher(text);
      while (row.find()) {
        keys.put(row.group(1), row.group(3));
      }
      rows.put(section.group(1), keys);
    }
    return rows;
  }
}
