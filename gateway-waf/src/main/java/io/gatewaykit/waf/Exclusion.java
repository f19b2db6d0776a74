package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where rules do not apply. What is null applies to all.
 *
 * @param rule the rule's id
 * @param family the rules' family
 * @param tag a tag of the rules
 * @param target the part of the request
 * @param name the name of the parameter, cookie or header field
 * @param pathPrefix what the normalised path starts with
 */
public record Exclusion(
    @Nullable String rule,
    @Nullable RuleFamily family,
    @Nullable String tag,
    @Nullable Target target,
    @Nullable String name,
    @Nullable String pathPrefix) {

  /** Excludes one rule. */
  public static Exclusion rule(String id) {
    return new Exclusion(requireNonNull(id, "id"), null, null, null, null, null);
  }

  /** Excludes a family of rules. */
  public static Exclusion family(RuleFamily family) {
    return new Exclusion(null, requireNonNull(family, "family"), null, null, null, null);
  }

  /** Excludes the rules with this tag. */
  public static Exclusion tag(String tag) {
    return new Exclusion(null, null, requireNonNull(tag, "tag"), null, null, null);
  }

  /** Excludes all rules; narrow it by a target or a path. */
  public static Exclusion all() {
    return new Exclusion(null, null, null, null, null, null);
  }

  /** Returns this exclusion for one part of requests only. */
  public Exclusion target(Target target) {
    return new Exclusion(rule, family, tag, requireNonNull(target, "target"), null, pathPrefix);
  }

  /** Returns this exclusion for one named target only. */
  public Exclusion target(Target target, String name) {
    return new Exclusion(
        rule,
        family,
        tag,
        requireNonNull(target, "target"),
        requireNonNull(name, "name"),
        pathPrefix);
  }

  /**
   * Returns this exclusion for paths with this prefix only. The path is normalised first ({@link
   * RequestTarget#normalizedPath}), so {@code /editor/../admin} does not borrow what {@code
   * /editor/} is allowed.
   */
  public Exclusion onPath(String prefix) {
    return new Exclusion(rule, family, tag, target, name, requireNonNull(prefix, "prefix"));
  }

  /** Returns the Java expression that makes this exclusion, to be pasted. */
  public String toJava() {
    StringBuilder code = new StringBuilder("Exclusion.");
    if (rule != null) {
      code.append("rule(").append(literal(rule)).append(')');
    } else if (family != null) {
      code.append("family(RuleFamily.").append(family).append(')');
    } else if (tag != null) {
      code.append("tag(").append(literal(tag)).append(')');
    } else {
      code.append("all()");
    }
    if (target != null) {
      code.append(".target(Target.").append(target);
      code.append(name == null ? "" : ", " + literal(name)).append(')');
    }
    if (pathPrefix != null) {
      code.append(".onPath(").append(literal(pathPrefix)).append(')');
    }
    return code.toString();
  }

  /** Returns a literal of ASCII that holds this text and can do nothing to a terminal. */
  private static String literal(String text) {
    StringBuilder literal = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        literal.append('\\').append(c);
      } else if (c < ' ') {
        literal.append('\\').append(Integer.toOctalString(c | 0x200).substring(1));
      } else if (c > '~') {
        literal.append(String.format("\\u%04x", (int) c));
      } else {
        literal.append(c);
      }
    }
    return literal.append('"').toString();
  }

  /** Checks that there is what it names: one that never applies is a mistake. */
  void check(Set<String> rules, Set<String> tags) {
    if (rule != null && !rules.contains(rule)) {
      String nearest =
          rules.stream().min(Comparator.comparingInt(known -> distance(known, rule))).orElse("");
      throw new IllegalArgumentException(
          "exclusion: rule " + rule + " (expected: the id of a rule, such as " + nearest + ")");
    }
    if (tag != null && !tags.contains(tag)) {
      throw new IllegalArgumentException(
          "exclusion: tag " + tag + " (expected: one of " + tags + ")");
    }
  }

  /** Returns how many letters must be added, removed or changed to make one text of the other. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(diagonal, row[j - 1]));
      }
    }
    return row[b.length()];
  }

  boolean covers(Rule r, Target valueTarget, String valueName, String rawTarget) {
    return (rule == null || rule.equals(r.id()))
        && (family == null || family == r.family())
        && (tag == null || r.tags().contains(tag))
        && (target == null || target == valueTarget)
        && (name == null || name.equals(valueName))
        && (pathPrefix == null || RequestTarget.normalizedPath(rawTarget).startsWith(pathPrefix));
  }
}
