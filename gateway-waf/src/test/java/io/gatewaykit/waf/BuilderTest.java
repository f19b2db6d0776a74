// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static io.gatewaykit.api.guard.FailureMode.FAIL_OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Severity;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builders keep no setting silently that another one replaces. */
class BuilderTest {
  private static void assertOnce(Runnable twice, String name) {
    assertThatThrownBy(twice::run)
        .as(name)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(name + ": ")
        .hasMessageContaining("(expected: set once, but already ");
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Waf.Builder.class,
        WafGuard.Builder.class,
        WafLimits.Builder.class,
        Rule.Builder.class,
        PatternSet.Builder.class
      })
  void builder_hasAtMostTwelveSetters(Class<?> builder) {
    assertThat(builder.getMethods())
        .filteredOn(method -> method.getReturnType() == builder)
        .hasSizeBetween(1, 12);
  }

  @Test
  void waf_settingSetTwice_isRejected() {
    Map<String, Consumer<Waf.Builder>> settings =
        Map.of(
            "mode", waf -> waf.mode(WafMode.DETECT),
            "threshold", waf -> waf.threshold(8),
            "paranoia", waf -> waf.paranoia(1),
            "detectionParanoia", waf -> waf.detectionParanoia(2),
            "familyMode of XSS", waf -> waf.familyMode(RuleFamily.XSS, RuleMode.COUNT),
            "ruleMode of a", waf -> waf.ruleMode("a", RuleMode.COUNT),
            "ruleScore of a", waf -> waf.ruleScore("a", 3),
            "families", Waf.Builder::families);
    settings.forEach((name, setting) -> {
      Waf.Builder waf = Waf.builder();
      setting.accept(waf);
      assertOnce(() -> setting.accept(waf), name);
    });

    Waf.Builder waf = Waf.builder().limits(WafLimits.defaults());
    assertOnce(() -> waf.limits(WafLimits.defaults()), "limits");
  }

  @Test
  void limit_setTwice_isRejected() {
    assertOnce(() -> WafLimits.builder().depth(3).depth(4), "depth");
    assertOnce(() -> WafLimits.builder().formBytes(2_000).formBytes(2_000), "formBytes");
    assertOnce(
        () -> WafLimits.builder().rememberedValues(0).rememberedValues(1), "rememberedValues");
    assertOnce(
        () -> WafLimits.builder().whenExhausted(FAIL_OPEN).whenExhausted(FAIL_OPEN),
        "whenExhausted");
  }

  @Test
  void rule_settingSetTwice_isRejected() {
    Map<String, Consumer<Rule.Builder>> settings =
        Map.of(
            "family", rule -> rule.family(RuleFamily.XSS),
            "message", rule -> rule.message("m"),
            "provenance", rule -> rule.provenance("p"),
            "severity", rule -> rule.severity(Severity.ERROR),
            "score", rule -> rule.score(3),
            "proseScores", rule -> rule.proseScores(1, 2),
            "action", rule -> rule.action(Rule.Action.BLOCK),
            "paranoia", rule -> rule.paranoia(2),
            "phase", rule -> rule.phase(Phase.BODY));
    settings.forEach((name, setting) -> {
      Rule.Builder rule = Rule.builder("r");
      setting.accept(rule);
      assertOnce(() -> setting.accept(rule), "rule r: " + name);
    });
  }

  @Test
  void rule_logsAndHasAScore_isRejected() {
    Condition condition = Condition.onParameters().contains("x");
    Rule.Builder rule = Rule.builder("r").when(condition).action(Rule.Action.LOG).score(3);
    assertThatThrownBy(rule::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("rule r: action LOG, score: both set (expected: only one)");
  }

  @Test
  void patternSet_boundSetTwice_isRejected() {
    PatternSet.Builder set = PatternSet.builder().pattern("a").pattern("b").stateBytes(10);
    assertOnce(() -> set.stateBytes(10), "stateBytes");
  }

  @Test
  void guard_settingSetTwice_isRejected() {
    Waf waf = Waf.builder().builtin(List.of()).build();
    WafGuard.Builder guard = WafGuard.builder(waf).rejectOversize(false).rejectUnknownCodings(true);

    assertOnce(() -> guard.rejectOversize(true), "rejectOversize");
    assertOnce(() -> guard.rejectUnknownCodings(true), "rejectUnknownCodings");
  }
}
