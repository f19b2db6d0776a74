// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generates rules, and requests that often match them. Seeded by the caller. */
final class RandomRules {
  private static final List<String> PATTERNS =
      List.of("a", "ab+", "^a", "b$", "[ab]c", "(?i)cab", "\\bc", "a.c", "<a", "c%61");
  private static final List<Target> TARGETS =
      List.of(Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER, Target.PATH);

  private RandomRules() {}

  static List<Rule> of(Random random, int count) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Rule.Builder rule = Rule.builder("r" + i).paranoia(1 + random.nextInt(3));
      rule.score(1 + random.nextInt(6));
      for (int c = random.nextInt(4) == 0 ? 1 : 0; c >= 0; c--) {
        rule.when(condition(random));
      }
      if (random.nextInt(5) == 0) {
        rule.phase(random.nextBoolean() ? Phase.BODY : Phase.HEAD);
      }
      if (random.nextInt(8) == 0) {
        rule.action(Rule.Action.BLOCK);
      }
      rules.add(rule.build());
    }
    return rules;
  }

  private static Condition condition(Random random) {
    Target target = pick(random, TARGETS);
    Values values =
        random.nextInt(3) == 0
            ? Condition.on(target.named(pick(random, List.of("a", "b*", "c"))))
            : Condition.on(target, pick(random, TARGETS));
    if (random.nextBoolean()) {
      values = values.transform(pick(random, List.of(Transformation.values())));
    }
    return switch (random.nextInt(6)) {
      case 0 -> values.containsAny("ab", "ca");
      case 1 -> values.notMatches(pick(random, PATTERNS));
      case 2 -> values.contains("bc");
      case 3 -> values.beginsWith("a");
      default -> values.matches(pick(random, PATTERNS));
    };
  }

  static WafRequest request(Random random) {
    String body = list(random, '&');
    WafRequest head =
        WafRequest.of(
            "POST",
            "/" + text(random) + "?" + list(random, '&'),
            Headers.of("Cookie", list(random, ';'), "A", text(random), "X-B", text(random)));
    return random.nextBoolean() ? head : head.withBody(body.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String list(Random random, char separator) {
    StringBuilder list = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      list.append(pick(random, List.of("a", "b", "bc", "c"))).append('=').append(text(random));
      list.append(i > 0 ? String.valueOf(separator) : "");
    }
    return list.toString();
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append("abcABC<% ".charAt(random.nextInt(9)));
    }
    return text.toString();
  }

  private static <T> T pick(Random random, List<T> some) {
    return some.get(random.nextInt(some.size()));
  }
}
