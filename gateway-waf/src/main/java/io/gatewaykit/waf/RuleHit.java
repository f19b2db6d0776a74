// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import io.gatewaykit.waf.internal.engine.Match;
import io.gatewaykit.waf.internal.exclusion.SuggestedExclusion;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.util.List;

/**
 * A rule that matched a request.
 *
 * @param rule the id of the rule
 * @param family its family
 * @param message its short description; may be empty
 * @param severity its severity
 * @param action its action
 * @param target the target in which its last condition matched
 * @param name the name of the parameter, cookie or header field; the path of a JSON value
 * @param start the index of the first matched byte, after the transformations
 * @param end the index after the last matched byte
 * @param excerpt the match with some context: at most 80 chars, ASCII, escaped; omitted for
 *     passwords, tokens, sessions and {@code Authorization}
 * @param transformations the transformations applied to the value
 * @param score the score of the rule; 0 if hits are only reported
 * @param counted whether the hit is only counted and its score ignored, because the rule is in mode
 *     {@link RuleMode#COUNT} or above the blocking level
 * @param suggestion the narrowest exclusion that would admit this value on the path of the request
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
    boolean counted,
    Exclusion suggestion) {
  /** Copies the transformations. */
  public RuleHit {
    transformations = List.copyOf(transformations);
  }

  /**
   * Returns the hit of a rule.
   *
   * @param path the normalised path of the request
   */
  static RuleHit of(Match match, String path) {
    Rule rule = match.rule();
    Value value = match.value();
    return new RuleHit(
        rule.id(),
        rule.family(),
        rule.message(),
        rule.severity(),
        rule.action(),
        value.target(),
        value.shownName(),
        match.start(),
        match.end(),
        value.isSecret() ? "(not shown)" : excerpt(match.text(), match.start(), match.end()),
        match.condition().transformations(),
        match.score(),
        match.counted(),
        SuggestedExclusion.of(rule.id(), value, path));
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
