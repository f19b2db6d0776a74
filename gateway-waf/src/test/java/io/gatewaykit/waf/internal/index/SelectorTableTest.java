// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.internal.index.CompiledRules.IndexedCondition;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Values;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelectorTableTest {
  private static List<IndexedCondition> conditions(Rule... rules) {
    List<IndexedCondition> conditions = new ArrayList<>();
    for (Rule rule : rules) {
      rule.conditions()
          .forEach(condition -> conditions.add(new IndexedCondition(rule, 0, condition)));
    }
    return conditions;
  }

  private static BitSet bits(int... numbers) {
    BitSet bits = new BitSet();
    for (int number : numbers) {
      bits.set(number);
    }
    return bits;
  }

  private static Rule.Builder rule(String id, Values values) {
    return Rule.builder(id).when(values.contains("x"));
  }

  private static final Rule ALL_HEADERS = rule("all", Condition.on(Target.HEADER)).build();
  private static final Rule NO_ACCEPT =
      rule("some", Condition.on(Target.HEADER).except(Target.HEADER, "Accept"))
          .phase(Phase.HEAD)
          .build();
  private static final Rule AGENT =
      rule("agent", Condition.on(Target.HEADER.named("user-agent"))).phase(Phase.BODY).build();
  private static final Rule GLOB = rule("glob", Condition.on(Target.HEADER.named("X-*"))).build();

  @Test
  void row_listsTheParts_byEachNameThatIsMentioned() {
    SelectorTable table =
        new SelectorTable(null, conditions(ALL_HEADERS, NO_ACCEPT, AGENT, GLOB), 0);

    SelectorTable.Row row = table.row(Target.HEADER);
    assertThat(row.byName()).isEqualTo(Map.of("accept", bits(0), "user-agent", bits(0, 1, 2)));
    assertThat(row.unnamed()).isEqualTo(bits(0, 1));
    assertThat(row.patterns()).extracting(SelectorTable.Pattern::condition).containsExactly(3);
    assertThat(table.row(Target.ARG).unnamed().isEmpty()).isTrue();
    assertThat(table.conditionsIn(Phase.HEAD)).isEqualTo(bits(1));
    assertThat(table.conditionsIn(Phase.BODY)).isEqualTo(bits(2));
  }

  @Test
  void table_thatExtendsAnother_isThatOfAllParts() {
    List<IndexedCondition> all = conditions(ALL_HEADERS, NO_ACCEPT, AGENT, GLOB);
    SelectorTable whole = new SelectorTable(null, all, 0);
    for (int first = 0; first <= all.size(); first++) {
      SelectorTable base = new SelectorTable(null, all.subList(0, first), 0);
      SelectorTable extended = new SelectorTable(base, all, first);

      for (Target target : Target.values()) {
        assertThat(extended.row(target).byName()).isEqualTo(whole.row(target).byName());
        assertThat(extended.row(target).unnamed()).isEqualTo(whole.row(target).unnamed());
        assertThat(extended.row(target).patterns())
            .extracting(SelectorTable.Pattern::condition)
            .isEqualTo(
                whole.row(target).patterns().stream()
                    .map(SelectorTable.Pattern::condition)
                    .toList());
      }
      for (Phase phase : Phase.values()) {
        assertThat(extended.conditionsIn(phase)).isEqualTo(whole.conditionsIn(phase));
      }
    }
  }
}
