// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Effects of modes and levels on a decision, compared with a firewall built without the rules. */
class RuleModesTest {
  private static final WafRequest SCRIPT =
      WafRequest.of("GET", "/?q=<script>alert(1)</script>", Headers.empty());

  @Test
  void count_ofARule_reportsAndNeverBlocks() {
    List<RuleHit> told = new ArrayList<>();
    Waf.Builder builder =
        Waf.builder()
            .listener(
                new WafListener() {
                  @Override
                  public void onHit(WafRequest request, RuleHit hit) {
                    told.add(hit);
                  }

                  @Override
                  public void onIncident(WafRequest request, WafResult result) {}
                });
    for (RuleHit hit : Waf.builder().build().inspect(SCRIPT).hits()) {
      builder.ruleMode(hit.rule(), RuleMode.COUNT);
    }
    WafResult result = builder.build().inspect(SCRIPT);

    assertThat(result.blocked()).isFalse();
    assertThat(result.wouldBlock()).isFalse();
    assertThat(result.score()).isZero();
    assertThat(result.detectionScore()).isGreaterThanOrEqualTo(5);
    assertThat(result.hits()).isNotEmpty().allMatch(RuleHit::counted);
    assertThat(told).isEqualTo(result.hits());
  }

  @Test
  void count_ofAFamily_leavesTheOthersEnforced() {
    Waf waf = Waf.builder().familyMode(RuleFamily.XSS, RuleMode.COUNT).build();
    WafRequest both =
        WafRequest.of(
            "GET", "/?q=<script>alert(1)</script>&f=../../../etc/passwd", Headers.empty());
    assertThat(waf.inspect(SCRIPT).blocked()).isFalse();
    assertThat(waf.inspect(both).blocked()).isTrue();
    assertThat(waf.inspect(both).hits())
        .allMatch(hit -> hit.counted() == (hit.family() == RuleFamily.XSS));
  }

  @Test
  void count_ofARuleThatBlocks_doesNotBlock() {
    Rule rule =
        Rule.builder("patch")
            .when(Condition.on(Target.PATH).matches("^/old"))
            .action(Rule.Action.BLOCK)
            .build();
    WafRequest old = WafRequest.of("GET", "/old", Headers.empty());
    Waf.Builder waf = Waf.builder().families().rule(rule);
    assertThat(waf.build().inspect(old).blocked()).isTrue();
    waf.ruleMode("patch", RuleMode.COUNT);
    assertThat(waf.build().inspect(old).blocked()).isFalse();
    Waf.Builder off = Waf.builder().families().rule(rule).ruleMode("patch", RuleMode.OFF);
    assertThat(off.build().inspect(old).hits()).isEmpty();
  }

  @Test
  void detectionParanoia_aboveTheBlockingLevel_countsWhatTheNextLevelWouldFind() {
    Rule second =
        Rule.builder("second").when(Condition.on(Target.ARG).matches("odd")).paranoia(2).build();
    Rule third =
        Rule.builder("third").when(Condition.on(Target.ARG).matches("odd")).paranoia(3).build();
    WafRequest odd = WafRequest.of("GET", "/?q=odd", Headers.empty());
    Waf waf = Waf.builder().families().rule(second).rule(third).detectionParanoia(2).build();

    assertThat(waf.inspect(odd).blocked()).isFalse();
    assertThat(waf.inspect(odd).hits()).extracting(RuleHit::rule).containsExactly("second");
    assertThat(waf.rules()).containsExactlyEntriesOf(Map.of("second", RuleMode.COUNT));
    assertThatThrownBy(() -> Waf.builder().paranoia(3).detectionParanoia(2).build())
        .hasMessageContaining("detectionParanoia: 2 (expected: at least paranoia, 3)");
  }

  @Test
  void ruleMode_ofOneRule_winsOverItsLevelAndFamily() {
    Rule strict =
        Rule.builder("strict").when(Condition.on(Target.ARG).matches("odd")).paranoia(3).build();
    WafRequest odd = WafRequest.of("GET", "/?q=odd", Headers.empty());
    Waf.Builder waf = Waf.builder().families().rule(strict);
    assertThat(waf.build().inspect(odd).hits()).isEmpty();
    waf.familyMode(RuleFamily.CUSTOM, RuleMode.OFF).ruleMode("strict", RuleMode.ENFORCE);
    assertThat(waf.build().inspect(odd).blocked()).isTrue();
    assertThatThrownBy(() -> Waf.builder().ruleMode("xss-script-tags", RuleMode.OFF).build())
        .hasMessageContaining("such as xss-script-tag)");
  }

  @Test
  void wouldBlock_inDetect_isWhatBlockDoes() {
    for (String query : List.of("q=<script>alert(1)</script>", "q=hello", "q=%00")) {
      WafRequest request = WafRequest.of("GET", "/?" + query, Headers.empty());
      WafResult detected = Waf.builder().mode(WafMode.DETECT).build().inspect(request);
      WafResult blocked = Waf.builder().build().inspect(request);
      assertThat(detected.blocked()).isFalse();
      assertThat(detected.wouldBlock()).as(query).isEqualTo(blocked.blocked());
      assertThat(blocked.wouldBlock()).isEqualTo(blocked.blocked());
    }
  }

  @Test
  void ruleScore_ofOneRule_replacesItsPoints() {
    WafRequest request = WafRequest.of("GET", "/?q=javascript:x", Headers.empty());
    assertThat(Waf.builder().build().inspect(request).score()).isEqualTo(8);

    WafResult lower = Waf.builder().ruleScore("xss-script-url", 3).build().inspect(request);
    assertThat(lower).returns(3, WafResult::score).returns(false, WafResult::blocked);
    assertThat(lower.hits()).extracting(RuleHit::score).containsExactly(3);
    Waf.Builder higher = Waf.builder().threshold(20).ruleScore("xss-script-url", 20);
    assertThat(higher.build().inspect(request).blocked()).isTrue();
  }

  @Test
  void ruleScore_inTextAboutCode_isAnUpperBound() {
    Rule rule =
        Rule.builder("r")
            .when(Condition.on(Target.ARG).matches("xyz"))
            .score(8)
            .proseScores(2, 4)
            .build();
    for (int points : new int[] {1, 3, 6, 50}) {
      Waf waf = Waf.builder().families().rule(rule).ruleScore("r", points).build();

      assertThat(score(waf, "xyz")).isEqualTo(points);
      assertThat(score(waf, "please tell me what `xyz` is")).isEqualTo(Math.min(2, points));
      assertThat(score(waf, "please tell me what xyz is")).isEqualTo(Math.min(4, points));
    }
  }

  @Test
  void ruleScore_thatCannotApply_isRejected() {
    assertThatThrownBy(() -> Waf.builder().ruleScore("xss-script-tag", 0))
        .hasMessage("ruleScore: 0 (expected: 1..100)");
    assertThatThrownBy(() -> Waf.builder().ruleScore("xss-script-tag", 101))
        .hasMessage("ruleScore: 101 (expected: 1..100)");
    assertThatThrownBy(() -> Waf.builder().ruleScore("xss-script-tags", 5).build())
        .hasMessage("rule: xss-script-tags (expected: the id of a rule, such as xss-script-tag)");
    Rule logging =
        Rule.builder("quiet")
            .when(Condition.onParameters().matches("x"))
            .action(Rule.Action.LOG)
            .build();
    assertThatThrownBy(() -> Waf.builder().rule(logging).ruleScore("quiet", 5).build())
        .hasMessage("rule: quiet (expected: a rule that adds to the score, not one that logs)");
  }

  private static int score(Waf waf, String text) {
    String query = "/?q=" + text.replace(" ", "%20");
    return waf.inspect(WafRequest.of("GET", query, Headers.empty())).score();
  }

  @Test
  void countedRules_anyHits_changeNoDecision() {
    Random random = new Random(5150);
    for (int round = 0; round < 300; round++) {
      List<Rule> rules = RandomRules.of(random, 12);
      int threshold = 1 + random.nextInt(12);
      Waf.Builder without = Waf.builder().families().threshold(threshold);
      Waf.Builder counting = Waf.builder().families().threshold(threshold);
      WafLimits limits = WafLimits.builder().workChars(1_000 + random.nextInt(2_000)).build();
      without.limits(limits);
      counting.limits(limits);
      for (Rule rule : rules) {
        counting.rule(rule);
        if (random.nextBoolean()) {
          without.rule(rule);
        } else {
          counting.ruleMode(rule.id(), RuleMode.COUNT);
        }
      }
      WafRequest request = RandomRules.request(random);
      WafResult expected = without.build().inspect(request);
      WafResult result = counting.build().inspect(request);

      assertThat(result.wouldBlock()).isEqualTo(expected.wouldBlock());
      assertThat(result.score()).isEqualTo(expected.score());
      assertThat(result.exhausted()).isEqualTo(expected.exhausted());
      assertThat(result.hits().stream().filter(hit -> !hit.counted()).map(RuleHit::rule))
          .containsExactlyInAnyOrderElementsOf(
              expected.hits().stream().map(RuleHit::rule).toList());
    }
  }

  @Test
  void countedHits_inAnyNumber_doNotDisplaceEnforcedOnes() {
    Waf.Builder waf = Waf.builder().families().familyMode(RuleFamily.CUSTOM, RuleMode.COUNT);
    for (int i = 0; i < 100; i++) {
      waf.rule(Rule.builder("counted-" + i).when(Condition.on(Target.ARG).matches("x")).build());
    }
    waf.rule(Rule.builder("enforced").when(Condition.on(Target.ARG).matches("y")).build());
    waf.ruleMode("enforced", RuleMode.ENFORCE);
    WafResult result = waf.build().inspect(WafRequest.of("GET", "/?a=x&b=y", Headers.empty()));
    assertThat(result.blocked()).isTrue();
    assertThat(result.hits()).hasSize(65);
  }
}
