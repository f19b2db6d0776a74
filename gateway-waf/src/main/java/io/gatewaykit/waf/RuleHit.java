package io.gatewaykit.waf;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.util.List;

/**
 * One rule that matched.
 *
 * @param rule the rule's id
 * @param family its family
 * @param message what it finds, in a few words; may be empty
 * @param severity its severity
 * @param action what it asks for
 * @param target where its last condition matched
 * @param name the name of the parameter, cookie or header field
 * @param start the index of the first byte that matched, after the transformations
 * @param end the index behind the last
 * @param excerpt what matched and a little around it: at most 80 chars, ASCII, escaped; of
 *     passwords, tokens, sessions and {@code Authorization} it is not shown
 * @param transformations what was undone before
 * @param score what the hit adds
 * @param suggestion the narrowest exclusion that would let this pass
 */
public record RuleHit(
    String rule,
    RuleFamily family,
    String message,
    Severity severity,
    Rule.Action action,
    Target target,
    String name,
    int start,
    int end,
    String excerpt,
    List<Transformation> transformations,
    int score,
    Exclusion suggestion) {
  /** Copies the transformations. */
  public RuleHit {
    transformations = List.copyOf(transformations);
  }

  /** Returns the hit of a rule whose last condition held for a text. */
  static RuleHit of(Rule rule, Condition condition, Value value, String text, int start, int end) {
    return new RuleHit(
        rule.id(),
        rule.family(),
        rule.message(),
        rule.severity(),
        rule.action(),
        value.target(),
        value.name(),
        start,
        end,
        value.isSecret() ? "(not shown)" : excerpt(text, start, end),
        condition.transformations(),
        rule.score(),
        Exclusion.rule(rule.id()).target(value.target(), value.name()));
  }

  static String excerpt(String text, int start, int end) {
    int from = Math.max(0, start - 10);
    int to = Math.min(text.length(), Math.min(end + 10, from + 60));
    StringBuilder out = new StringBuilder();
    for (int i = from; i < to && out.length() < 74; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '<' || c == '>' || c == '&' || c == '"') {
        out.append("\\x")
            .append(Character.forDigit(c >> 4 & 15, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
