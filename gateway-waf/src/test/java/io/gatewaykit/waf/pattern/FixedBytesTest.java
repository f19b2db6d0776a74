// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random data contains every short text, so each way to match a rule for binary files must fix at
 * least six bytes. The measure is the information of the shortest match: 8 bits for one value, 7
 * for a letter of either case, less for a larger set.
 */
class FixedBytesTest {
  /** Six bytes, of which at most three are letters of either case. */
  private static final double MIN_BITS = 6 * 8 - 3;

  static List<Rule> rules() {
    return Waf.builtinRules().stream()
        .filter(rule -> rule.conditions().stream().anyMatch(FixedBytesTest::inspectsBinary))
        .toList();
  }

  private static boolean inspectsBinary(Condition condition) {
    return condition.selectors().stream()
        .anyMatch(selector ->
            selector.target() == Target.FILE_BINARY || selector.target() == Target.FILE_MEDIA);
  }

  @Test
  void rules_forBinaryFiles_areKnown() {
    assertThat(rules())
        .extracting(Rule::id)
        .containsExactlyInAnyOrder("file-script-in-media", "file-script-in-binary");
  }

  @ParameterizedTest
  @MethodSource("rules")
  void ruleForBinaryFiles_fixesSixBytes(Rule rule) throws Exception {
    for (Condition condition : rule.conditions()) {
      assertThat(condition.transformations()).as("each changes more bytes to fixed ones").isEmpty();
      Operator.Matches matches = (Operator.Matches) condition.operator();
      assertThat(bits(Parser.parse(matches.regex())))
          .as(matches.regex())
          .isGreaterThanOrEqualTo(MIN_BITS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "<\\?=, 24",
    "<%, 16",
    "\\$\\{, 16",
    "a|bcdefgh, 8",
    "a+[xX]b?, 15",
    "a{3}.*, 24",
    "^$, 0",
  })
  void bits_ofAPattern_areThoseOfItsShortestMatch(String regex, double bits) throws Exception {
    assertThat(bits(Parser.parse(regex))).isEqualTo(bits);
  }

  /** Returns the bits that the least specific match fixes. */
  private static double bits(Syntax tree) {
    if (tree instanceof Syntax.Bytes bytes) {
      return 8 - Math.log(size(bytes.set())) / Math.log(2);
    }
    if (tree instanceof Syntax.Concat concat) {
      return concat.parts().stream().mapToDouble(FixedBytesTest::bits).sum();
    }
    if (tree instanceof Syntax.Alternatives alternatives) {
      return alternatives.options().stream().mapToDouble(FixedBytesTest::bits).min().orElse(0);
    }
    return tree instanceof Syntax.Repeat repeat ? repeat.min() * bits(repeat.body()) : 0;
  }

  private static int size(ByteSet set) {
    return Stream.of(set.a(), set.b(), set.c(), set.d()).mapToInt(Long::bitCount).sum();
  }
}
