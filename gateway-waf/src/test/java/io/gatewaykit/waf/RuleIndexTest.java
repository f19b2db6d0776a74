package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleIndexTest {
  private final Waf waf =
      Waf.builder()
          .families()
          .rule(Rule.builder("omega").on(Target.HEADER).matches("\\xcf\\x89$").build())
          .rule(Rule.builder("word").on(Target.HEADER).matches("(?i)\\bkelvin").build())
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
    assertThat(hits("X-Note", "\u212aelvin")).isEmpty(); // its three bytes are no letter
  }
}
