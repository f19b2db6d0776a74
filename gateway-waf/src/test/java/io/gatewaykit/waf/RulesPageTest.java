// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Verifies that the page of built-in rules matches the code. {@code -Dgatewaykit.docs.write=true}
 * writes the page.
 */
class RulesPageTest {
  private static final Path PAGE = Path.of("../docs/waf-rules.md");

  @Test
  void page_ofBuiltinRules_equalsTheCode() throws IOException {
    String page = page(Waf.builtinRules());
    if (Boolean.getBoolean("gatewaykit.docs.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE))
        .as("docs/waf-rules.md is not up to date; run this test with -Dgatewaykit.docs.write=true")
        .isEqualTo(page);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../README.md", "../CHANGELOG.md"})
  void overview_numberOfRules_isTheNumberInHundreds(String file) throws IOException {
    Matcher number =
        Pattern.compile("(?:[Oo]ver|more than) (\\d+) built-in rules")
            .matcher(Files.readString(Path.of(file)));

    assertThat(number.find()).isTrue();
    assertThat(Waf.builtinRules().size() / 100 * 100).isEqualTo(Integer.parseInt(number.group(1)));
  }

  private static String page(List<Rule> rules) {
    StringBuilder page = new StringBuilder();
    page.append("# Built-in rules of gateway-waf\n\n")
        .append("Generated from `Waf.builtinRules()`; see [gateway-waf](waf.md) for settings. ")
        .append("A rule applies at its paranoia\nlevel and above. A request is blocked when the ")
        .append("scores of its hits reach the threshold, 5 by default.\n\n");
    for (RuleFamily family : RuleFamily.values()) {
      List<Rule> some =
          rules.stream()
              .filter(rule -> rule.family() == family)
              .sorted(Comparator.comparingInt(Rule::paranoia).thenComparing(Rule::id))
              .toList();
      if (!some.isEmpty()) {
        page.append("## ").append(family).append("\n\n");
        page.append("| id | level | score | finds | inspects |\n|---|--:|--:|---|---|\n");
        some.forEach(rule -> page.append(row(rule)));
        page.append('\n');
      }
    }
    return page.toString().stripTrailing() + "\n";
  }

  private static String row(Rule rule) {
    String score = rule.action() == Rule.Action.SCORE ? "" + rule.score() : rule.action().name();
    return "| `%s` | %d | %s | %s | %s |\n"
        .formatted(rule.id(), rule.paranoia(), score, escaped(rule.message()), parts(rule));
  }

  /** Returns the parts of requests that a rule inspects. */
  private static String parts(Rule rule) {
    return rule.conditions().stream()
        .flatMap(condition -> condition.selectors().stream())
        .filter(selector -> selector.use() != Selector.Use.EXCLUDE)
        .map(selector -> selector.target().name())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String escaped(String message) {
    return message.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|");
  }
}
