// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafLimits;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WafPolicyTest {
  private static final Path NAME = Path.of("waf.yaml");
  private static final String SCRIPT = "/page?html=<script>alert(1)</script>";

  private static Waf waf(String yaml) throws PolicyException {
    return WafPolicy.parse(NAME, yaml).waf().build();
  }

  private static List<String> hits(Waf waf, String target) {
    return waf
        .inspect(WafRequest.of("GET", target, Headers.of("Host", "a.example")))
        .hits()
        .stream()
        .map(RuleHit::rule)
        .toList();
  }

  private static boolean blocks(Waf waf, String target) {
    return waf.inspect(WafRequest.of("GET", target, Headers.of("Host", "a.example"))).blocked();
  }

  @Test
  void settings_ofAFile_areThoseOfTheBuilder() throws PolicyException {
    Waf waf =
        waf(
            """
            mode: detect
            threshold: 10
            paranoia: 1
            detection-paranoia: 3
            families: [xss, sqli]
            family-modes: {sqli: count}
            rule-modes: {xss-script-tag: off}
            rule-scores: {xss-script-url: 10}
            """);
    assertThat(waf.mode()).isEqualTo(WafMode.DETECT);
    assertThat(waf.rules()).doesNotContainKey("xss-script-tag");
    Waf built =
        Waf.builder()
            .mode(WafMode.DETECT)
            .detectionParanoia(3)
            .families(RuleFamily.XSS, RuleFamily.SQLI)
            .familyMode(RuleFamily.SQLI, RuleMode.COUNT)
            .ruleMode("xss-script-tag", RuleMode.OFF)
            .build();
    assertThat(waf.rules()).isEqualTo(built.rules());
    assertThat(wouldBlock("threshold: 20")).isFalse();
    assertThat(wouldBlock("threshold: 20\nrule-scores: {xss-script-url: 20}")).isTrue();
  }

  @Test
  void limits_ofAFile_areThoseOfTheBuilder() throws PolicyException {
    Waf waf = waf("limits: {depth: 9, when-exhausted: open, remembered-values: 16}");
    assertThat(waf.limits())
        .isEqualTo(
            WafLimits.builder()
                .depth(9)
                .whenExhausted(FailureMode.FAIL_OPEN)
                .rememberedValues(16)
                .build());
  }

  private static boolean wouldBlock(String yaml) throws PolicyException {
    return blocks(waf(yaml), "/?next=javascript:x");
  }

  @Test
  void rule_ofAFile_isAVirtualPatch() throws PolicyException {
    Waf waf =
        waf(
            """
            families: []
            rules:
              - id: order-id
                message: Order ids are numbers
                action: block
                tags: [orders]
                when:
                  - {on: path, matches: "^/orders(/|$)"}
                  - {on: ["arg:id", "cookie:id"], matches: "^[0-9]{1,10}$", not: true}
              - id: many
                score: 7
                when:
                  - {on: "count arg", more-than: 3}
              - id: local
                when:
                  - {on: client, in-networks: [10.0.0.0/8], transform: none}
              - id: words
                action: log
                when:
                  - {on: arg, except: "arg:free*", contains-any: [alpha, beta]}
            """);
    assertThat(blocks(waf, "/orders/1?id=7")).isFalse();
    assertThat(blocks(waf, "/orders/1?id=7x")).isTrue();
    assertThat(blocks(waf, "/other?id=7x")).isFalse();
    assertThat(hits(waf, "/?a=1&b=2&c=3&d=4")).containsExactly("many");
    assertThat(hits(waf, "/?a=BETA")).containsExactly("words");
    assertThat(hits(waf, "/?freely=beta")).isEmpty();
    assertThat(blocks(waf, "/?a=BETA")).isFalse();
  }

  @Test
  void networks_ofAFile_areTested() throws Exception {
    Waf waf = waf("rules: [{id: local, when: [{on: client, in-networks: 10.0.0.0/8}]}]");
    WafRequest request = WafRequest.of("GET", "/", Headers.of("Host", "a.example"));
    assertThat(waf.inspect(request.withClient(InetAddress.getByName("10.1.2.3"))).blocked())
        .isTrue();
    assertThat(waf.inspect(request.withClient(InetAddress.getByName("11.1.2.3"))).blocked())
        .isFalse();
  }

  @Test
  void exclusion_withEveryField_isNarrowedByEach() throws PolicyException {
    Waf waf =
        waf(
            """
            exclusions:
              - {family: xss, on: "arg:ht*", path: /page, from: query}
            """);
    assertThat(blocks(waf, SCRIPT)).isFalse();
    assertThat(blocks(waf, SCRIPT.replace("/page", "/pages"))).isTrue();
    assertThat(blocks(waf, SCRIPT.replace("html", "text"))).isTrue();
    assertThat(blocks(waf("exclusions: [{parameter: html, path: /page}]"), SCRIPT)).isFalse();
    assertThat(
            WafPolicy.parse(
                NAME,
                "exclusions: [{tag: t, on: arg}]\nrules: [{id: a, tags: t, when: [{exists: true}]}]"))
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mode: blok                                     | 1:7: mode: blok (expected: one of off, detect, block)
          threshold: 0                                   | 1:12: threshold: threshold: 0 (expected: 1..10000)
          limits: {depth: 0}                             | 1:17: limits.depth: depth: 0 (expected: 1..1000)
          limits: {when-exhausted: ajar}                 | 1:26: limits.when-exhausted: ajar (expected: one of closed, open)
          limits: {depht: 4}                             | 1:10: limits.depht: unknown field
          exclusions: [{rule: xss-script-tags}]          | 1:14: exclusions[0]: exclusion: rule xss-script-tags (expected: the id of a rule, such as xss-script-tag)
          exclusions: [{family: xss, on: method}]        | 1:14: exclusions[0]: exclusion: Exclusion.family(RuleFamily.XSS).target(Target.METHOD) can never apply
          exclusions: [{rule: a, family: xss}]           | 1:14: exclusions[0]: several of rule, family and tag
          exclusions: [{}]                               | 1:14: exclusions[0]: excludes everything
          exclusions: [{family: xss, path: a/../b}]      | 1:34: exclusions[0].path:
          rule-modes: {xss-script-tags: off}             | 1:31: rule-modes.xss-script-tags: rule: xss-script-tags (expected
          rule-scores: {xss-script-tags: 7}              | 1:32: rule-scores.xss-script-tags: rule: xss-script-tags (expected
          rule-scores: {xss-script-tag: 0}               | 1:31: rule-scores.xss-script-tag: ruleScore: 0 (expected: 1..100)
          rule-scores: {xss-script-tag: low}             | 1:31: rule-scores.xss-script-tag: low (expected: a whole number)
          rules: [{id: a b, when: [{exists: true}]}]     | 1:9: rules[0]: id: a b
          rules: [{id: a, when: [{matches: "(a"}]}]      | 1:34: rules[0].when[0].matches: regex: (a
          rules: [{id: a}]                               | 1:9: rules[0].when: missing
          rules: [{id: a, when: [{on: argh, exists: 1}]}]| 1:29: rules[0].when[0].on: argh (expected: one of method
          rules: [{id: a, when: [{on: arg}]}]            | 1:24: rules[0].when[0]: tests nothing
          rules: [{id: xss-script-tag, when: [{exists: true}]}] | 1:14: rules[0].id: rule: xss-script-tag (expected: a unique id)
          """)
  void error_hasLineColumnFieldAndReason(String yaml, String message) {
    assertThatThrownBy(() -> waf(yaml))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("waf.yaml:" + message);
  }

  @Test
  void errors_areReportedTogether() {
    PolicyException e =
        catchThrowableOfType(
            PolicyException.class,
            () -> waf("mode: blok\nthreshold: -1\nrules:\n  - id: a\n    score: x\n"));
    assertThat(e.problems()).extracting(PolicyProblem::line).containsExactly(1, 2, 4, 5);
  }

  @Test
  void include_ofRules_isPartOfThePolicy(@TempDir Path folder) throws IOException, PolicyException {
    Path main = folder.resolve("waf.yaml");
    Path patches = folder.resolve("patches.yaml");
    Files.writeString(main, "families: []\ninclude: patches.yaml\n");
    Files.writeString(patches, "rules: [{id: patch, when: [{on: arg, contains: evil}]}]\n");
    WafPolicy before = WafPolicy.read(main);
    assertThat(hits(before.waf().build(), "/?a=evil")).containsExactly("patch");

    Files.writeString(
        patches, "# a comment\nrules: [{id: patch, when: [{on: arg, contains: evil}]}]\n");
    assertThat(WafPolicy.read(main)).isEqualTo(before).hasSameHashCodeAs(before);
    Files.writeString(patches, "rules: [{id: patch, when: [{on: arg, contains: evils}]}]\n");
    assertThat(WafPolicy.read(main)).isNotEqualTo(before);

    Files.writeString(patches, "mode: off\n");
    assertThatThrownBy(() -> WafPolicy.read(main))
        .hasMessageContaining("patches.yaml:1:1: mode: unknown field");
    Files.delete(patches);
    assertThatThrownBy(() -> WafPolicy.read(main))
        .hasMessageContaining("patches.yaml:1:1: no such file");
  }

  @Test
  void text_thatIsNotYaml_isRejectedWithItsPosition() {
    assertThatThrownBy(() -> waf("mode: detect\nrules: [\n"))
        .hasMessageMatching("(?s)waf.yaml:\\d:\\d+: .*\\(expected: well-formed YAML\\)");
  }

  @Test
  void nesting_beyondTheBound_isRejectedWithItsPosition() {
    for (String yaml : List.of("a:\n  " + "[".repeat(200_000), "a:\n  " + "{b: ".repeat(200_000))) {
      assertThatThrownBy(() -> waf(yaml))
          .isInstanceOf(PolicyException.class)
          .hasMessageContaining("waf.yaml:2:")
          .hasMessageContaining("nested too deeply (expected: at most 64 levels)");
    }
  }

  @Test
  void alias_insideItsOwnNode_isRejectedWithItsPosition() {
    for (String node : List.of("&a [*a]", "&a {b: *a}", "&a [{b: [*a]}]")) {
      assertThatThrownBy(() -> waf("mode: block\nrules: " + node))
          .isInstanceOf(PolicyException.class)
          .hasMessageContaining("waf.yaml:2:")
          .hasMessageContaining("an alias of the node that contains it");
    }
  }

  @Test
  void aliases_thatMultiplyText_areRejected() {
    StringBuilder yaml = new StringBuilder("a: &a [" + "x".repeat(100_000) + "]\n");
    for (char c = 'b'; c < 'g'; c++) {
      String before = "*" + (char) (c - 1);
      yaml.append("%c: &%c [%s, %s, %s]%n".formatted(c, c, before, before, before));
    }

    assertThatThrownBy(() -> waf(yaml.toString()))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("waf.yaml:1:1: aliases that repeat too much text");
  }

  @Test
  void aliases_inGreatNumber_areRejected() {
    String bomb = "a: &a [x,x]\n";
    for (char c = 'b'; c < 'z'; c++) {
      bomb += c + ": &" + c + " [*" + (char) (c - 1) + ",*" + (char) (c - 1) + "]\n";
    }
    String yaml = bomb;
    assertThatThrownBy(() -> waf(yaml)).isInstanceOf(PolicyException.class);
  }
}
