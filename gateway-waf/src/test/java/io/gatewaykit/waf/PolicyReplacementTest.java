// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Replacement of the policy of a guard. */
class PolicyReplacementTest {
  private static final Rule ODD =
      Rule.builder("odd")
          .when(Condition.on(Target.ARG).contains("odd"))
          .severity(Severity.WARNING)
          .build();
  private static final Rule STRANGE =
      Rule.builder("strange")
          .when(Condition.on(Target.ARG).contains("strange"))
          .severity(Severity.NOTICE)
          .build();

  private static Waf.Builder only(Rule... rules) {
    Waf.Builder builder = Waf.builder().builtin(List.of());
    for (Rule rule : rules) {
      builder.rule(rule);
    }
    return builder;
  }

  private static RequestHead head(String target) {
    return RequestHead.builder("POST", target)
        .headers("Content-Type", "application/x-www-form-urlencoded")
        .build();
  }

  private static Verdict body(WafGuard guard, RequestHead request, String text, boolean complete) {
    return WafInspectionTest.judge(guard, request, text.getBytes(ISO_8859_1), complete);
  }

  @Test
  void replace_whileABodyIsOnItsWay_leavesTheRequestItsFirstPolicy() {
    WafGuard guard = WafGuard.builder(only(STRANGE).threshold(2).build()).build();
    RequestHead early = head("/");
    guard.onHead(early);

    guard.replace(only(ODD).threshold(3).build());
    RequestHead late = head("/");
    guard.onHead(late);

    assertThat(body(guard, early, "a=strange", true)).isInstanceOf(Verdict.Reject.class);
    assertThat(body(guard, early, "a=odd", true)).isSameAs(Verdict.allow());
    assertThat(body(guard, late, "a=strange", true)).isSameAs(Verdict.allow());
    assertThat(body(guard, late, "a=odd", true)).isInstanceOf(Verdict.Reject.class);
  }

  @Test
  @DisplayName("while policies are exchanged, each request is judged wholly by one of them")
  void replace_underLoad_neverMixes() throws Exception {
    Map<String, Integer> seen = new HashMap<>();
    WafListener listener =
        (request, result) -> {
          if (result.blocked()) {
            String ids = String.join("+", result.hits().stream().map(RuleHit::rule).toList());
            seen.merge(ids, 1, Integer::sum);
          }
        };
    Waf first = scoring("first", listener);
    Waf second = scoring("second", listener);
    WafGuard guard = WafGuard.builder(first).build();
    var stop = new AtomicBoolean();
    Thread exchanger =
        new Thread(() -> {
          while (!stop.get()) {
            guard.replace(second);
            guard.replace(first);
          }
        });
    exchanger.start();
    int requests = 0;
    while (requests < 20_000 || seen.size() < 2) {
      RequestHead request = head("/?a=x");
      assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
      WafInspectionTest.judge(guard, request, "b=x".getBytes(ISO_8859_1), true);
      requests++;
    }
    stop.set(true);
    exchanger.join();

    assertThat(seen).containsOnlyKeys("first-head+first-body", "second-head+second-body");
    assertThat(seen.values().stream().mapToInt(n -> n).sum()).isEqualTo(requests);
    assertThat(guard.replace(second)).isSameAs(first);
    assertThat(guard.waf()).isSameAs(second);
  }

  private static Waf scoring(String name, WafListener listener) {
    return only(
            Rule.builder(name + "-head")
                .when(Condition.on(Target.QUERY).contains("x"))
                .score(3)
                .build(),
            Rule.builder(name + "-body")
                .when(Condition.on(Target.BODY).contains("x"))
                .score(3)
                .build())
        .listener(listener)
        .build();
  }
}
