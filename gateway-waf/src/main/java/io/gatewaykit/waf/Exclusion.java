package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.RequestTarget;
import org.jspecify.annotations.Nullable;

/**
 * Where rules do not apply. What is null applies to all.
 *
 * @param rule the rule's id
 * @param family the rules' family
 * @param target the part of the request
 * @param name the name of the parameter, cookie or header field
 * @param pathPrefix what the normalised path starts with
 */
public record Exclusion(
    @Nullable String rule,
    @Nullable RuleFamily family,
    @Nullable Target target,
    @Nullable String name,
    @Nullable String pathPrefix) {

  /** Excludes one rule. */
  public static Exclusion rule(String id) {
    return new Exclusion(requireNonNull(id, "id"), null, null, null, null);
  }

  /** Excludes a family of rules. */
  public static Exclusion family(RuleFamily family) {
    return new Exclusion(null, requireNonNull(family, "family"), null, null, null);
  }

  /** Excludes all rules; narrow it by a target or a path. */
  public static Exclusion all() {
    return new Exclusion(null, null, null, null, null);
  }

  /** Returns this exclusion for one named target only. */
  public Exclusion target(Target target, String name) {
    return new Exclusion(rule, family, target, name, pathPrefix);
  }

  /**
   * Returns this exclusion for paths with this prefix only. The path is normalised first ({@link
   * RequestTarget#normalizedPath}), so {@code /editor/../admin} does not borrow what {@code
   * /editor/} is allowed.
   */
  public Exclusion onPath(String prefix) {
    return new Exclusion(rule, family, target, name, requireNonNull(prefix, "prefix"));
  }

  boolean covers(Rule r, Value value, String rawTarget) {
    return (rule == null || rule.equals(r.id()))
        && (family == null || family == r.family())
        && (target == null || target == value.target())
        && (name == null || name.equals(value.name()))
        && (pathPrefix == null || RequestTarget.normalizedPath(rawTarget).startsWith(pathPrefix));
  }
}
