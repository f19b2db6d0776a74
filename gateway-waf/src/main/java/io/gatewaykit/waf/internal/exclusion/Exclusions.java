// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.exclusion;

import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.api.route.PathMatcher;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.internal.match.PathPattern;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The exclusions of a firewall, compiled and grouped by rule. */
public final class Exclusions {
  private final Map<String, List<Compiled>> byRule = new HashMap<>();

  private record Compiled(
      @Nullable Target target,
      @Nullable NameGlob name,
      @Nullable PathMatcher path,
      Exclusion.@Nullable Source source) {

    static Compiled of(Exclusion exclusion) {
      Target target = exclusion.target();
      String name = exclusion.name();
      String path = exclusion.path();
      return new Compiled(
          target,
          name == null ? null : NameGlob.of(bytes(name), ignoresCase(target)),
          path == null ? null : PathPattern.matcher(path),
          exclusion.source());
    }

    /** Returns a name in the representation of value names: UTF-8 bytes as chars. */
    private static String bytes(String name) {
      return new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    boolean covers(Value value, List<String> requestPaths) {
      return (target == null || target == value.target())
          && (source == null || source == (value.inBody() ? Exclusion.Source.BODY : queryOf(value)))
          && (name == null || coversName(name, value))
          && (path == null || matchesAll(path, requestPaths));
    }

    private static boolean matchesAll(PathMatcher matcher, List<String> paths) {
      for (String each : paths) {
        if (!matcher.matches(each) && !isSameSpelling(matcher, each, paths.get(0))) {
          return false;
        }
      }
      return !paths.isEmpty();
    }

    /**
     * Returns whether a reading is the main one, either undecoded or truncated at a decoded {@code
     * ?}, {@code #} or NUL.
     */
    private static boolean isSameSpelling(PathMatcher matcher, String reading, String main) {
      boolean cut =
          main.length() > reading.length()
              && main.startsWith(reading)
              && "?#\0".indexOf(main.charAt(reading.length())) >= 0;
      return cut ? matcher.matches(main) : matcher.matches(RequestTarget.decode(reading));
    }

    private static boolean coversName(NameGlob name, Value value) {
      return name.covers(value.name()) || (value.path() != null && name.covers(value.fullName()));
    }

    private static Exclusion.@Nullable Source queryOf(Value value) {
      return switch (value.target()) {
        case ARG, ARG_NAME, QUERY -> Exclusion.Source.QUERY;
        default -> null;
      };
    }
  }

  /**
   * Compiles exclusions.
   *
   * @param known the rules that they may refer to
   * @throws IllegalArgumentException if one can never apply; the message contains the reason
   */
  public Exclusions(List<Exclusion> exclusions, List<Rule> known) {
    for (Exclusion exclusion : exclusions) {
      Compiled compiled = Compiled.of(exclusion);
      for (Rule rule : ExclusionCheck.rulesOf(exclusion, known)) {
        byRule.computeIfAbsent(rule.id(), id -> new ArrayList<>()).add(compiled);
      }
    }
  }

  /** Returns all readings of the path of a request target, or none if there are too many. */
  public static List<String> readings(String target) {
    try {
      var readings = new ArrayList<String>();
      readings.add(RequestTarget.normalizedPath(target));
      readings.addAll(RequestTarget.alternativePaths(target));
      return readings;
    } catch (AmbiguousTargetException e) {
      return List.of();
    }
  }

  static boolean ignoresCase(@Nullable Target target) {
    return target == Target.HEADER || target == Target.HEADER_NAME || target == Target.PART_HEADER;
  }

  /** Returns whether any exclusion applies to a rule. */
  public boolean mention(Rule rule) {
    return byRule.containsKey(rule.id());
  }

  /**
   * Returns whether a value is exempt from a rule.
   *
   * @param paths the readings of the path that the value belongs to; if empty, exclusions with a
   *     path do not apply
   */
  public boolean cover(Rule rule, Value value, List<String> paths) {
    List<Compiled> some = byRule.get(rule.id());
    if (some != null) {
      for (Compiled one : some) {
        if (one.covers(value, paths)) {
          return true;
        }
      }
    }
    return false;
  }
}
