package io.gatewaykit.waf;

import java.util.List;

/**
 * One rule that matched.
 *
 * @param rule the rule's id
 * @param family its family
 * @param target where it matched
 * @param name the name of the parameter, cookie or header field
 * @param excerpt what matched and a little around it: at most 80 chars, ASCII, escaped
 * @param transformations what was undone before
 * @param score what the hit adds
 * @param suggestion the narrowest exclusion that would let this pass
 */
public record RuleHit(
    String rule,
    RuleFamily family,
    Target target,
    String name,
    String excerpt,
    List<Transformation> transformations,
    int score,
    Exclusion suggestion) {
  /** Copies the transformations. */
  public RuleHit {
    transformations = List.copyOf(transformations);
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
