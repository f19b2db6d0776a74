// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a rule, such as a virtual patch. */
final class RuleReader {
  private static final Map<String, Function<List<String>, Operator>> OPERATORS =
      new LinkedHashMap<>();

  static {
    OPERATORS.put("matches", texts -> new Operator.Matches(one(texts)));
    OPERATORS.put("contains", texts -> new Operator.Contains(one(texts)));
    OPERATORS.put("contains-any", Operator.Phrases::new);
    OPERATORS.put("equal-to", texts -> new Operator.EqualTo(one(texts)));
    OPERATORS.put("begins-with", texts -> new Operator.BeginsWith(one(texts)));
    OPERATORS.put("ends-with", texts -> new Operator.EndsWith(one(texts)));
    OPERATORS.put("within", texts -> new Operator.Within(one(texts)));
    OPERATORS.put("more-than", texts -> compare(Operator.Compare.Relation.MORE, texts));
    OPERATORS.put("less-than", texts -> compare(Operator.Compare.Relation.LESS, texts));
    OPERATORS.put(
        "in-networks", texts -> new Operator.InNetworks(texts.stream().map(Cidr::parse).toList()));
    OPERATORS.put("exists", texts -> new Operator.Exists());
  }

  private RuleReader() {}

  private static String one(List<String> texts) {
    if (texts.size() != 1) {
      throw new IllegalArgumentException(texts + " (expected: one text)");
    }
    return texts.get(0);
  }

  private static Operator compare(Operator.Compare.Relation relation, List<String> texts) {
    String text = one(texts);
    if (!text.matches("-?[0-9]{1,18}")) {
      throw new IllegalArgumentException(text + " (expected: a whole number)");
    }
    return new Operator.Compare(relation, Long.parseLong(text));
  }

  /** Returns the rule, or null if it has errors, which are recorded. */
  static @Nullable Rule read(Fields fields) {
    String id = fields.text("id");
    if (id == null) {
      fields.problem("id", "missing (expected: an id of letters, digits, dots, dashes)");
    }
    Rule.Builder rule = fields.attempt(f -> Rule.builder(id == null ? "unknown" : id));
    if (rule == null) {
      return null;
    }
    fields.set("message", rule::message);
    fields.set("provenance", rule::provenance);
    fields.setList("tags", tags -> rule.tags(tags.toArray(String[]::new)));
    fields.set("severity", word -> rule.severity(Fields.constant(Severity.class, word)));
    fields.setInt("score", rule::score);
    fields.setInt("paranoia", rule::paranoia);
    fields.set("phase", word -> rule.phase(Fields.constant(Phase.class, word)));
    fields.set("action", word -> rule.action(Fields.constant(Rule.Action.class, word)));
    List<Boolean> conditions = new ArrayList<>();
    fields.each(
        "when",
        inner -> {
          Condition condition = condition(inner);
          conditions.add(condition != null);
          if (condition != null) {
            rule.when(condition);
          }
          return condition;
        });
    if (conditions.isEmpty()) {
      fields.problem("when", "missing (expected: a list of at least one condition)");
    }
    boolean good = !conditions.isEmpty() && !conditions.contains(false);
    return good && id != null ? fields.attempt(f -> rule.build()) : null;
  }

  /** Returns the condition, or null, with a problem, if it has no valid operator. */
  private static @Nullable Condition condition(Fields fields) {
    Values values = values(fields);
    boolean negated = "true".equals(fields.text("not"));
    List<String> tests = new ArrayList<>();
    List<Condition> valid = new ArrayList<>();
    OPERATORS.forEach((word, operator) ->
        fields.setList(
            word,
            texts -> {
              if (!tests.isEmpty()) {
                throw new IllegalArgumentException(
                    "a second test (expected: one; use another condition)");
              }
              tests.add(word);
              Operator test = operator.apply(texts);
              valid.add(negated ? values.testNot(test) : values.test(test));
            }));
    if (tests.isEmpty()) {
      String words = String.join(", ", OPERATORS.keySet());
      fields.problem("", "tests nothing (expected: one of " + words + ")");
    }
    return valid.isEmpty() ? null : valid.get(0);
  }

  /** Returns the values that a condition inspects, with their transformations. */
  private static Values values(Fields fields) {
    List<Values> values = new ArrayList<>(List.of(Condition.onParameters()));
    fields.setList(
        "on",
        places -> {
          List<Selector> selectors = places.stream().map(RuleReader::selector).toList();
          if (selectors.isEmpty()) {
            throw new IllegalArgumentException("[] (expected: at least one part, such as arg:id)");
          }
          Selector[] others = selectors.subList(1, selectors.size()).toArray(Selector[]::new);
          values.set(0, Condition.on(selectors.get(0), others));
        });
    fields.setList(
        "except",
        places ->
            places.stream()
                .map(RuleReader::selector)
                .forEach(excepted -> {
                  String name = excepted.name();
                  values.set(0, values.get(0).except(excepted.target(), name == null ? "*" : name));
                }));
    fields.setList(
        "transform",
        words ->
            values.set(
                0,
                values
                    .get(0)
                    .transform(
                        words.stream()
                            .filter(word -> !word.equals("none"))
                            .map(word -> Fields.constant(Transformation.class, word))
                            .toArray(Transformation[]::new))));
    return values.get(0);
  }

  /** Parses a selector such as {@code arg}, {@code arg:id} or {@code count arg:id}. */
  static Selector selector(String text) {
    boolean count = text.startsWith("count ");
    String part = count ? text.substring(6) : text;
    int colon = part.indexOf(':');
    String word = colon < 0 ? part : part.substring(0, colon);
    Target target = Fields.constant(Target.class, word.toLowerCase(Locale.ROOT));
    Selector selector = colon < 0 ? target.any() : target.named(part.substring(colon + 1));
    return count ? selector.count() : selector;
  }
}
