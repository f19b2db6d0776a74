package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Builders keep no setting silently that another one replaces. */
class BuilderTest {
  private static void assertOnce(Runnable twice, String name) {
    assertThatThrownBy(twice::run)
        .as(name)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(name + ": ")
        .hasMessageContaining("(expected: set once, but already ");
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
            "rememberedValues", waf -> waf.rememberedValues(0),
            "whenExhausted", waf -> waf.whenExhausted(FailureMode.FAIL_OPEN),
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
  }

  @Test
  void guard_settingSetTwice_isRejected() {
    Waf waf = Waf.builder().builtin(List.of()).build();
    WafGuard.Builder guard = WafGuard.builder(waf).rejectOversize(false).rejectUnknownCodings(true);

    assertOnce(() -> guard.rejectOversize(true), "rejectOversize");
    assertOnce(() -> guard.rejectUnknownCodings(true), "rejectUnknownCodings");
  }
}
