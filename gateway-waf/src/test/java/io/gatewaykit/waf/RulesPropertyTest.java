// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.value.RequestValues;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Operator.Compare.Relation;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Compares the matches of the index with an evaluator that applies every rule to every value. */
class RulesPropertyTest {
  private static final String[] NAMES = {"a", "id", "Key", "n*", "*x"};
  private static final String[] TEXTS = {
    "a",
    "ab",
    "x1",
    "SELECT",
    "select",
    "12",
    "0",
    "-3",
    "%41",
    "%2541",
    "&lt;b",
    "\\x41b",
    "a/**/b",
    "c''at",
    "a  b",
    "YWJj",
    "/../b",
    "%00a",
    "%zz",
    "%ff",
    "%c0%af",
    "%e2%89%a4",
    ""
  };
  private static final String[] REGEXES = {
    "a", "^a", "b$", "(?i)select", "\\bx1\\b", "[0-9]+", "a.b", "^$", "a|b", "[^\\x00-\\x7f]", "<"
  };
  private static final Target[] TARGETS = {
    Target.ARG,
    Target.ARG_NAME,
    Target.QUERY,
    Target.PATH,
    Target.HEADER,
    Target.HEADER_NAME,
    Target.COOKIE,
    Target.METHOD,
    Target.BODY
  };

  private static final class Dice {
    private final Random random;

    Dice(long seed) {
      random = new Random(seed);
    }

    int below(int bound) {
      return random.nextInt(bound);
    }

    @SafeVarargs
    final <T> T one(T... of) {
      return of[random.nextInt(of.length)];
    }
  }

  private static Selector selector(Dice dice) {
    Target target = dice.one(TARGETS);
    Selector selector = dice.below(2) == 0 ? target.any() : target.named(dice.one(NAMES));
    return dice.below(6) == 0 ? selector.count() : selector;
  }

  private static Operator operator(Dice dice) {
    String text = dice.one("a", "ab", "x1", "select", "12", "GET POST 12");
    return switch (dice.below(11)) {
      case 0, 1, 2 -> new Operator.Matches(dice.one(REGEXES));
      case 3 -> new Operator.Phrases(List.of(text, dice.one("b", "x", "ele")));
      case 4 -> new Operator.Contains(text);
      case 5 -> new Operator.EqualTo(dice.one(TEXTS));
      case 6 -> dice.below(2) == 0 ? new Operator.BeginsWith(text) : new Operator.EndsWith(text);
      case 7 -> new Operator.Within(text);
      case 8 -> new Operator.Compare(dice.one(Relation.values()), dice.below(14) - 4);
      case 9 ->
          dice.below(2) == 0 ? new Operator.InvalidPercent() : new Operator.BytesOutside(32, 126);
      default -> new Operator.Exists();
    };
  }

  private static Rule rule(Dice dice, String id) {
    Rule.Builder rule = Rule.builder(id).phase(dice.one(Phase.values()));
    int conditions = 1 + dice.below(2);
    for (int i = 0; i < conditions; i++) {
      Values values = Condition.on(selector(dice), selector(dice));
      if (dice.below(3) == 0) {
        values = values.except(dice.one(TARGETS), dice.one(NAMES));
      }
      if (dice.below(3) > 0) {
        Transformation[] steps = new Transformation[dice.below(4)];
        for (int s = 0; s < steps.length; s++) {
          steps[s] = dice.one(Transformation.values());
        }
        values = values.transform(steps);
      }
      boolean negated = dice.below(4) == 0;
      Operator operator = operator(dice);
      rule.when(negated ? values.testNot(operator) : values.test(operator));
    }
    return rule.build();
  }

  private static String form(Dice dice) {
    StringBuilder form = new StringBuilder();
    for (int i = dice.below(4); i > 0; i--) {
      form.append(dice.one("a", "id", "key", "nm", "yx")).append('=');
      form.append(dice.one(TEXTS)).append(dice.one(TEXTS)).append(i > 1 ? "&" : "");
    }
    return form.toString();
  }

  private static WafRequest request(Dice dice) {
    Headers headers =
        Headers.of(
            "Content-Type",
            "application/x-www-form-urlencoded",
            "Cookie",
            "id=" + dice.one(TEXTS) + "; nx=" + dice.one(TEXTS),
            dice.one("Key", "nx"),
            dice.one(TEXTS),
            "Id",
            dice.one(TEXTS));
    String target = "/" + dice.one(TEXTS) + "?" + form(dice);
    return WafRequest.of(dice.one("GET", "POST"), target, headers, form(dice).getBytes(ISO_8859_1));
  }

  @Property(tries = 3_000, seed = "1")
  void index_findsTheSameAsASequentialSearch(@ForAll long seed) {
    Dice dice = new Dice(seed);
    List<Rule> rules = new ArrayList<>();
    int remembered = dice.one(0, 2, 1_024);
    WafLimits limits = WafLimits.builder().rememberedValues(remembered).build();
    Waf.Builder builder = Waf.builder().builtin(List.of()).limits(limits);
    for (int i = 0, count = 1 + dice.below(8); i < count; i++) {
      Rule rule = rule(dice, "r" + i);
      rules.add(rule);
      builder.rule(rule);
    }
    Waf waf = builder.build();
    for (int i = 0; i < 8; i++) { // so that values recur
      WafRequest request = request(dice);
      List<String> expected = rules.stream().filter(r -> holds(r, request)).map(Rule::id).toList();
      assertThat(waf.inspect(request).hits())
          .extracting(RuleHit::rule)
          .as(
              "%s %s %s of %s",
              request.method(),
              request.rawTarget(),
              new String(request.body(), ISO_8859_1),
              rules.stream().map(r -> r.id() + r.phase() + r.conditions()).toList())
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  private static boolean holds(Rule rule, WafRequest request) {
    Set<Target> all = EnumSet.allOf(Target.class);
    RequestValues head = new RequestValues(all);
    head.head(request.head());
    List<Value> values = new ArrayList<>(head.values());
    int heads = values.size();
    boolean withBody = request.body().length > 0;
    if (withBody) {
      values.addAll(WafInspectionTest.bodyValues(request, all));
    } else if (rule.phase() == Phase.BODY) {
      return false;
    }
    List<Value> seen = rule.phase() == Phase.HEAD ? values.subList(0, heads) : values;
    // Values of the head are counted with the head, and again with the body.
    List<List<Value>> counted =
        rule.phase() == Phase.EARLIEST ? List.of(values.subList(0, heads), seen) : List.of(seen);
    return rule.conditions().stream().allMatch(c -> holds(c, seen, counted));
  }

  private static boolean holds(Condition condition, List<Value> values, List<List<Value>> counted) {
    for (Selector selector : condition.selectors()) {
      if (selector.use() == Selector.Use.COUNT
          && counted.stream().anyMatch(list -> yes(condition, count(selector, list)))) {
        return true;
      }
    }
    return values.stream()
        .anyMatch(v -> condition.appliesTo(v.target(), v.name()) && yes(condition, v.text()));
  }

  private static boolean yes(Condition condition, String value) {
    String text = value;
    for (Transformation step : condition.transformations()) {
      text = Decoding.apply(step, text);
    }
    return asks(condition.operator(), text) != condition.negated();
  }

  private static boolean asks(Operator operator, String text) {
    if (operator instanceof Operator.Matches o) {
      return Pattern.compile(o.regex(), Pattern.DOTALL).matcher(text).find();
    } else if (operator instanceof Operator.Phrases o) {
      String lower = text.toLowerCase(Locale.ROOT);
      return o.phrases().stream().anyMatch(p -> lower.contains(p.toLowerCase(Locale.ROOT)));
    } else if (operator instanceof Operator.Contains o) {
      return text.contains(o.text());
    } else if (operator instanceof Operator.EqualTo o) {
      return text.equals(o.text());
    } else if (operator instanceof Operator.BeginsWith o) {
      return text.startsWith(o.text());
    } else if (operator instanceof Operator.EndsWith o) {
      return text.endsWith(o.text());
    } else if (operator instanceof Operator.Within o) {
      return o.text().contains(text);
    } else if (operator instanceof Operator.Compare o) {
      var digits = java.util.regex.Pattern.compile("^\\s*([+-]?\\d{1,9})").matcher(text);
      return o.holds(digits.find() ? Long.parseLong(digits.group(1)) : 0);
    } else if (operator instanceof Operator.BytesOutside o) {
      return text.chars().anyMatch(c -> c < o.from() || c > o.to());
    } else if (operator instanceof Operator.InvalidPercent) {
      return java.util.regex.Pattern.compile("%(?![0-9A-Fa-f]{2})").matcher(text).find();
    }
    return true;
  }

  private static String count(Selector selector, List<Value> values) {
    return Long.toString(
        values.stream()
            .filter(v -> v.target() == selector.target() && selector.covers(v.name()))
            .count());
  }
}
