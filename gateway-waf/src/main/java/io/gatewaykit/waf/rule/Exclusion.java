// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.waf.internal.match.PathPattern;
import org.jspecify.annotations.Nullable;

/**
 * Exempts values or paths from rules. A null component does not restrict the exclusion.
 *
 * <p>A value that is an address of the same site, such as a {@code Referer}, a return address or
 * the page address in an analytics beacon, is also covered by the exclusions of the page that it
 * refers to. A URL that is admitted as a request is therefore also admitted where the browser
 * repeats it.
 *
 * @param rule the id of the rule
 * @param family the family of the rules
 * @param tag a tag of the rules
 * @param target the target of the values
 * @param name the name of the parameter, cookie or header field. An asterisk matches any text,
 *     {@code [*]} matches one index or key, and a backslash before an asterisk makes it literal. A
 *     JSON value has two names, its member name, {@code html}, and its path, {@code
 *     doc.blocks[0].html}. ASCII case is significant, except in names of header fields
 * @param path the path. Without an asterisk, it covers this path and all paths below it, by
 *     complete segments: {@code /api} covers {@code /api/x} but not {@code /apix}. With asterisks,
 *     it is a pattern as in a route table: one asterisk matches a segment, two at the end match any
 *     remainder, and {@code %2A} is a literal asterisk
 * @param source the origin of the parameter
 */
public record Exclusion(
    @Nullable String rule,
    @Nullable RuleFamily family,
    @Nullable String tag,
    @Nullable Target target,
    @Nullable String name,
    @Nullable String path,
    @Nullable Source source) {

  /** The origin of a value. */
  public enum Source {
    /** The query of the request target. */
    QUERY,
    /** The body. */
    BODY
  }

  /**
   * Checks name and path.
   *
   * @throws IllegalArgumentException if the name is empty or has no target, or if no normalised
   *     path can match the path
   */
  public Exclusion {
    if (name != null && (name.isEmpty() || target == null)) {
      throw new IllegalArgumentException(
          "name: \"" + name + "\" (expected: a name, and a target that has names)");
    }
    if (path != null) {
      checkPath(path);
    }
  }

  /** Rejects patterns that no request can match, since request paths are normalised first. */
  private static void checkPath(String path) {
    PathPattern.matcher(path);
    if (!PathPattern.canMatch(path)) {
      throw new IllegalArgumentException(
          "path: \""
              + path
              + "\" (expected: a path without query, empty segments and dot segments, such as "
              + RequestTarget.normalizedPath(path)
              + ")");
    }
  }

  /** Excludes one rule. */
  public static Exclusion rule(String id) {
    return new Exclusion(requireNonNull(id, "id"), null, null, null, null, null, null);
  }

  /** Excludes a family of rules. */
  public static Exclusion family(RuleFamily family) {
    return new Exclusion(null, requireNonNull(family, "family"), null, null, null, null, null);
  }

  /** Excludes the rules with this tag. */
  public static Exclusion tag(String tag) {
    return new Exclusion(null, null, requireNonNull(tag, "tag"), null, null, null, null);
  }

  /** Excludes all rules. Restrict it by a target or a path. */
  public static Exclusion all() {
    return new Exclusion(null, null, null, null, null, null, null);
  }

  /** Returns this exclusion restricted to one target. */
  public Exclusion target(Target target) {
    return new Exclusion(rule, family, tag, requireNonNull(target, "target"), null, path, source);
  }

  /**
   * Returns this exclusion restricted to one named target.
   *
   * @param name the name, or a pattern as described at {@link #name}
   * @throws IllegalArgumentException if the name is empty
   */
  public Exclusion target(Target target, String name) {
    return new Exclusion(
        rule,
        family,
        tag,
        requireNonNull(target, "target"),
        requireNonNull(name, "name"),
        path,
        source);
  }

  /**
   * Returns this exclusion restricted to paths as described at {@link #path}. All readings of a
   * request path must match ({@link RequestTarget#normalizedPath}, {@link
   * RequestTarget#alternativePaths}), so neither {@code /editor/../admin} nor {@code
   * /editor/..;/admin} benefits from an exclusion for {@code /editor/}.
   *
   * @throws IllegalArgumentException if no normalised path can match
   */
  public Exclusion onPath(String path) {
    return new Exclusion(rule, family, tag, target, name, requireNonNull(path, "path"), source);
  }

  /** Returns this exclusion restricted to parameters of the query. */
  public Exclusion inQuery() {
    return new Exclusion(rule, family, tag, target, name, path, Source.QUERY);
  }

  /** Returns this exclusion restricted to values of the body. */
  public Exclusion inBody() {
    return new Exclusion(rule, family, tag, target, name, path, Source.BODY);
  }

  /** Returns a Java expression that creates this exclusion. */
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
    if (path != null) {
      code.append(".onPath(").append(literal(path)).append(')');
    }
    if (source != null) {
      code.append(source == Source.QUERY ? ".inQuery()" : ".inBody()");
    }
    return code.toString();
  }

  /** Returns an ASCII string literal of this text, free of control characters for terminals. */
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
}
