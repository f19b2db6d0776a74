// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.exclusion;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.match.EditDistance;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rejects exclusions that can never apply, since they indicate a mistake. Rules that are outside
 * the current families and levels are accepted, so that these settings can change without edits to
 * the exclusions.
 */
final class ExclusionCheck {
  private static final Set<Target> OF_BOTH = EnumSet.of(Target.ARG, Target.ARG_NAME);
  private static final Set<Target> OF_BODY =
      EnumSet.of(Target.FILE_NAME, Target.PART_HEADER, Target.BODY, Target.MALFORMED);

  private final Exclusion exclusion;

  private ExclusionCheck(Exclusion exclusion) {
    this.exclusion = exclusion;
  }

  /**
   * Returns the rules that an exclusion applies to.
   *
   * @throws IllegalArgumentException if there are none, or if none of them inspects the excluded
   *     values
   */
  static List<Rule> rulesOf(Exclusion exclusion, List<Rule> known) {
    return new ExclusionCheck(exclusion).rules(known);
  }

  private List<Rule> rules(List<Rule> known) {
    List<Rule> named = known.stream().filter(this::names).toList();
    if (named.isEmpty()) {
      throw unknown(known);
    }
    Target target = exclusion.target();
    if (target == Target.HEADER && matchesName("cookie")) {
      throw never("the field Cookie is inspected as COOKIE and COOKIE_NAME");
    }
    checkSource(target);
    if (target == null) {
      return named;
    }
    checkFixedName(target);
    List<Rule> fitting = named.stream().filter(rule -> mayInspect(rule, target)).toList();
    if (fitting.isEmpty()) {
      Set<Target> inspected = EnumSet.noneOf(Target.class);
      named.stream()
          .flatMap(rule -> rule.conditions().stream())
          .flatMap(condition -> condition.selectors().stream())
          .filter(selector -> selector.use() != Selector.Use.EXCLUDE)
          .forEach(selector -> inspected.add(selector.target()));
      throw never(
          inspected.contains(target)
              ? "a name that its rules inspect"
              : "a part that its rules inspect, one of " + inspected);
    }
    return fitting;
  }

  private boolean names(Rule rule) {
    return (exclusion.rule() == null || exclusion.rule().equals(rule.id()))
        && (exclusion.family() == null || exclusion.family() == rule.family())
        && (exclusion.tag() == null || rule.tags().contains(exclusion.tag()));
  }

  private IllegalArgumentException unknown(List<Rule> known) {
    String id = exclusion.rule();
    if (id != null && known.stream().noneMatch(rule -> rule.id().equals(id))) {
      String nearest = EditDistance.nearest(id, known.stream().map(Rule::id).toList());
      return new IllegalArgumentException(
          "exclusion: rule " + id + " (expected: the id of a rule, such as " + nearest + ")");
    }
    String tag = exclusion.tag();
    if (tag != null) {
      Set<String> tags = new TreeSet<>();
      known.forEach(rule -> tags.addAll(rule.tags()));
      return new IllegalArgumentException(
          "exclusion: tag " + tag + " (expected: one of " + tags + ")");
    }
    return never("a family that has rules");
  }

  private void checkSource(@Nullable Target target) {
    Exclusion.Source source = exclusion.source();
    if (source == null || target == null || OF_BOTH.contains(target)) {
      return;
    }
    boolean fits =
        source == Exclusion.Source.BODY ? OF_BODY.contains(target) : target == Target.QUERY;
    if (!fits) {
      throw never(
          "a part that comes from the " + (source == Exclusion.Source.BODY ? "body" : "query"));
    }
  }

  /** Checks the name of a target that occurs once in a request and thus has a fixed name. */
  private void checkFixedName(Target target) {
    switch (target) {
      case METHOD, URI, PATH, QUERY, BODY, CLIENT -> {
        if (!matchesName(Decoding.lowercase(target.name()))) {
          throw never("no name, since a request has one " + target);
        }
      }
      default -> {}
    }
  }

  private boolean matchesName(String name) {
    String pattern = exclusion.name();
    boolean ignoreCase = Exclusions.ignoresCase(exclusion.target());
    return pattern == null || NameGlob.of(pattern, ignoreCase).covers(name);
  }

  private boolean mayInspect(Rule rule, Target target) {
    if (exclusion.source() == Exclusion.Source.BODY && rule.phase() == Phase.HEAD) {
      return false;
    }
    return rule.conditions().stream().anyMatch(condition -> mayInspect(condition, target));
  }

  private boolean mayInspect(Condition condition, Target target) {
    String name = exclusion.name();
    for (Selector selector : condition.selectors()) {
      if (selector.target() == target && selector.use() != Selector.Use.EXCLUDE) {
        if (name == null
            || selector.use() == Selector.Use.COUNT
            || overlaps(name, condition, selector)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Returns whether some value can have a name that both cover. May return true in error, but never
   * false.
   */
  private boolean overlaps(String name, Condition condition, Selector selector) {
    if (!NameGlob.of(name, false).isLiteral()) {
      String covered = selector.name();
      return covered == null
          || covered.indexOf('*') >= 0
          || matchesName(Decoding.lowercase(covered));
    }
    if (name.indexOf('.') >= 0 || name.indexOf('[') >= 0) {
      return true; // a path: the rule may inspect the member by its member name
    }
    return condition.appliesTo(selector.target(), name)
        || (selector.name() != null && selector.name().matches(".*[.\\[].*"));
  }

  private IllegalArgumentException never(String expected) {
    return new IllegalArgumentException(
        "exclusion: " + exclusion.toJava() + " can never apply (expected: " + expected + ")");
  }
}
