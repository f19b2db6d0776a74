// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Operator.Compare.Relation;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Values;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each operator and of its negation, in a firewall of one rule. */
class OperatorsTest {
  static Stream<Arguments> answers() {
    return Stream.of(
        yes(new Operator.Matches("^a.c$"), "a\nc"),
        no(new Operator.Matches("^a.c$"), "abcd"),
        yes(new Operator.Phrases(List.of("one", "TWO")), "xx two xx"),
        no(new Operator.Phrases(List.of("one", "TWO")), "tw o"),
        yes(
            new Operator.Phrases(List.of("\u00e9t\u00e9")),
            "\u00c3\u00a9t\u00c3\u00a9"), // as UTF-8
        yes(new Operator.Contains("b"), "abc"),
        no(new Operator.Contains("B"), "abc"),
        yes(new Operator.EqualTo("abc"), "abc"),
        no(new Operator.EqualTo("abc"), "abcd"),
        yes(new Operator.BeginsWith("ab"), "abc"),
        no(new Operator.BeginsWith("bc"), "abc"),
        yes(new Operator.EndsWith("bc"), "abc"),
        no(new Operator.EndsWith("ab"), "abc"),
        yes(new Operator.Within("GET HEAD POST"), "HEAD"),
        no(new Operator.Within("GET HEAD POST"), "PUT"),
        yes(new Operator.Compare(Relation.LESS, 5), "4"),
        no(new Operator.Compare(Relation.LESS, 5), "5"),
        yes(new Operator.Compare(Relation.AT_MOST, 5), "5"),
        no(new Operator.Compare(Relation.AT_MOST, 5), "6"),
        yes(new Operator.Compare(Relation.EQUAL, -3), "-3x"),
        no(new Operator.Compare(Relation.EQUAL, 3), "-3"),
        yes(new Operator.Compare(Relation.AT_LEAST, 5), "+5"),
        no(new Operator.Compare(Relation.AT_LEAST, 5), "4.9"),
        yes(new Operator.Compare(Relation.MORE, 5), "99999999999999999999999999"),
        no(new Operator.Compare(Relation.MORE, 5), "five"),
        yes(new Operator.InNetworks(List.of(Cidr.parse("10.0.0.0/8"))), "10.255.0.1"),
        no(new Operator.InNetworks(List.of(Cidr.parse("10.0.0.0/8"))), "11.0.0.1"),
        yes(new Operator.InNetworks(List.of(Cidr.parse("2001:db8::/32"))), "2001:db8:1::2"),
        no(new Operator.InNetworks(List.of(Cidr.parse("2001:db8::/32"))), "example.com"),
        yes(new Operator.BytesOutside(32, 126), "a\u0080"),
        no(new Operator.BytesOutside(32, 126), "a ~"),
        yes(new Operator.InvalidUtf8(), "a\u00c3"),
        yes(new Operator.InvalidUtf8(), "\u00c0\u00af"), // overlong
        yes(new Operator.InvalidUtf8(), "\u00ed\u00a0\u0080"), // a surrogate
        no(new Operator.InvalidUtf8(), "\u00c3\u00a9"),
        yes(new Operator.InvalidPercent(), "100%"),
        yes(new Operator.InvalidPercent(), "%4"),
        yes(new Operator.InvalidPercent(), "%zz"),
        no(new Operator.InvalidPercent(), "%41%zZ".replace("z", "a").replace("Z", "f")),
        yes(new Operator.Exists(), "x"));
  }

  private static Arguments yes(Operator operator, String value) {
    return Arguments.of(operator, value, true);
  }

  private static Arguments no(Operator operator, String value) {
    return Arguments.of(operator, value, false);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void operator_matches(Operator operator, String value, boolean expected) {
    Values body = Condition.on(Target.BODY).transform();
    assertThat(holds(body.test(operator), value)).isEqualTo(expected);
    assertThat(holds(body.testNot(operator), value)).as("the contrary").isEqualTo(!expected);
  }

  private static boolean holds(Condition condition, String value) {
    Rule rule = Rule.builder("r").when(condition).build();
    Waf waf = Waf.builder().builtin(List.of()).rule(rule).build();
    WafRequest request =
        WafRequest.of(
            "POST", "/", Headers.of("Content-Type", "text/plain"), value.getBytes(ISO_8859_1));
    return !waf.inspect(request).hits().isEmpty();
  }

  @Test
  void invalidConditions_areRejectedWithTheReason() {
    assertThatThrownBy(() -> Condition.on(Target.ARG).matches("a(b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a(b");
    assertThatThrownBy(() -> Condition.onParameters().contains(""))
        .hasMessageContaining("at least one character");
    assertThatThrownBy(() -> Condition.onParameters().inNetworks("10.0.0.0/33"))
        .hasMessageContaining("33");
    assertThatThrownBy(() -> new Operator.BytesOutside(5, 3)).hasMessageContaining("5..3");
    assertThatThrownBy(() -> Rule.builder("mine").score(0)).hasMessageContaining("1..100");
    assertThatThrownBy(() -> Rule.builder("no spaces")).hasMessageContaining("no spaces");
    assertThatThrownBy(() -> Rule.builder("mine").build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("rule mine: no condition (expected: at least one)");
  }
}
