// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Firewalls that share automata have the same results as separate ones, at little memory each. */
class SharedRulesTest {
  private static final long MAX_BYTES = 20L << 20;

  @Test
  void results_ofSharedAutomata_equalThoseOfOwnOnes() {
    Random random = new Random(77);
    for (int round = 0; round < 200; round++) {
      List<Rule> shared = RandomRules.of(random, 1 + random.nextInt(10));
      List<Rule> own = new ArrayList<>();
      RandomRules.of(random, random.nextInt(4)).forEach(rule -> own.add(renamed(rule)));
      int level = 1 + random.nextInt(3);
      Waf.Builder together = Waf.builder().builtin(shared).paranoia(level);
      Waf.Builder alone = Waf.builder().families().paranoia(level);
      shared.stream().filter(rule -> rule.paranoia() <= level).forEach(alone::rule);
      own.forEach(together::rule);
      own.forEach(alone::rule);
      Waf one = together.build();
      Waf other = alone.build();
      for (int i = 0; i < 5; i++) {
        WafRequest request = RandomRules.request(random);
        WafResult expected = other.inspect(request);
        WafResult result = one.inspect(request);
        assertThat(result.hits())
            .usingRecursiveFieldByFieldElementComparatorIgnoringFields("start", "end", "excerpt")
            .containsExactlyInAnyOrderElementsOf(expected.hits());
        assertThat(result.blocked()).isEqualTo(expected.blocked());
      }
    }
  }

  private static Rule renamed(Rule rule) {
    Rule.Builder copy = Rule.builder("own-" + rule.id()).score(rule.score() + 1);
    Operator operator = rule.conditions().get(0).operator();
    return copy.when(Condition.on(Target.ARG).test(operator)).build();
  }

  @Test
  void policies_thatDifferByAnExclusion_takeLittleMemoryEach() throws IOException {
    List<WafRequest> requests = new ArrayList<>();
    BuiltinRulesTest.samples()
        .forEach(sample ->
            requests.add(
                WafRequest.of("GET", "/?q=" + hex(sample.text()), Headers.of("Host", "a"))));
    Waf first = warm(Waf.builder().build(), requests);
    List<Waf> policies = new ArrayList<>();
    long before = usedHeap();
    for (int i = 0; i < 30; i++) {
      Exclusion differing = Exclusion.family(RuleFamily.XSS).target(Target.ARG, "field" + i);
      policies.add(warm(Waf.builder().exclude(differing).build(), requests));
    }
    long grown = usedHeap() - before;

    assertThat(first.policy().index().matcher())
        .isSameAs(policies.get(29).policy().index().matcher());
    assertThat(grown).as("bytes of %d policies", policies.size()).isLessThan(MAX_BYTES);
  }

  private static Waf warm(Waf waf, List<WafRequest> requests) {
    requests.forEach(waf::inspect);
    return waf;
  }

  private static String hex(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)) {
      encoded.append(String.format("%%%02x", b));
    }
    return encoded.toString();
  }

  private static long usedHeap() {
    var memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < 3; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
