// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleIndexTest {
  private final Waf waf =
      Waf.builder()
          .families()
          .rule(
              Rule.builder("omega")
                  .when(Condition.on(Target.HEADER).matches("\\xcf\\x89$"))
                  .build())
          .rule(
              Rule.builder("word")
                  .when(Condition.on(Target.HEADER).matches("(?i)\\bkelvin"))
                  .build())
          .build();

  private List<String> hits(String field, String value) {
    return waf.inspect(WafRequest.of("GET", "/", Headers.of(field, value))).hits().stream()
        .map(RuleHit::rule)
        .toList();
  }

  @Test
  void inspect_headerThatWasDecoded_isInspectedAsItsBytes() {
    assertThat(hits("X-Note", "\u03b1 \u03c9")).containsExactly("omega");
    assertThat(hits("X-Note", "\u00ce\u00b1 \u00cf\u0089")).containsExactly("omega");
    assertThat(hits("X-Note", "Kelvin")).containsExactly("word");
    assertThat(hits("X-Note", "\u212aelvin")).isEmpty(); // none of its three bytes is a letter
  }

  @Test
  void inspect_longText_hitsAreShownWhereTheyAre() {
    Waf waf =
        Waf.builder()
            .families()
            .rule(
                Rule.builder("words")
                    .when(Condition.on(Target.ARG).matches("needle[0-9]+\\b"))
                    .build())
            .rule(
                Rule.builder("long")
                    .when(Condition.on(Target.ARG).matches("^hay.*needle1"))
                    .build())
            .rule(Rule.builder("end").when(Condition.on(Target.ARG).matches("needle12$")).build())
            .rule(
                Rule.builder("phrase")
                    .when(Condition.on(Target.ARG).containsAny("pin", "NEEDLE"))
                    .build())
            .rule(Rule.builder("lacks").when(Condition.on(Target.ARG).notMatches("fork")).build())
            .build();
    String text = "hay+".repeat(5_000) + "needle12";

    List<RuleHit> hits = waf.inspect(WafRequest.of("GET", "/?q=" + text, Headers.empty())).hits();

    assertThat(hits).extracting(RuleHit::rule).hasSize(5);
    assertThat(at(hits, "words")).containsExactly(20_000, 20_008);
    assertThat(at(hits, "end")).containsExactly(20_000, 20_008);
    assertThat(at(hits, "phrase")).containsExactly(20_000, 20_006);
    assertThat(at(hits, "lacks")).containsExactly(0, 20_008);
    assertThat(at(hits, "long")[1]).isBetween(20_006, 20_008);
  }

  private static int[] at(List<RuleHit> hits, String rule) {
    RuleHit hit = hits.stream().filter(h -> h.rule().equals(rule)).findFirst().orElseThrow();
    return new int[] {hit.start(), hit.end()};
  }
}
