// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/** Reads an exclusion. */
final class ExclusionReader {
  private ExclusionReader() {}

  /** Returns the exclusion, or null if it has errors, which are recorded. */
  static @Nullable Exclusion read(Fields fields) {
    Exclusion[] exclusion = {Exclusion.all()};
    int named = 0;
    for (String field : new String[] {"rule", "family", "tag"}) {
      named += fields.has(field) ? 1 : 0;
    }
    fields.set("rule", id -> exclusion[0] = Exclusion.rule(id));
    fields.set("tag", tag -> exclusion[0] = Exclusion.tag(tag));
    fields.set(
        "family", word -> exclusion[0] = Exclusion.family(Fields.constant(RuleFamily.class, word)));
    fields.set(
        "on",
        place -> {
          Selector selector = RuleReader.selector(place);
          Target target = selector.target();
          String name = selector.name();
          exclusion[0] =
              name == null ? exclusion[0].target(target) : exclusion[0].target(target, name);
        });
    fields.set(
        "parameter", name -> exclusion[0] = exclusion[0].target(Target.ARG, name)); // on: arg:NAME
    fields.set("path", path -> exclusion[0] = exclusion[0].onPath(path));
    fields.set(
        "from",
        word ->
            exclusion[0] =
                Fields.constant(Exclusion.Source.class, word) == Exclusion.Source.BODY
                    ? exclusion[0].inBody()
                    : exclusion[0].inQuery());
    if (named > 1) {
      fields.problem("", "several of rule, family and tag (expected: one of them at most)");
      return null;
    }
    if (exclusion[0].equals(Exclusion.all())) {
      fields.problem(
          "", "excludes everything (expected: at least one of family, on, path, rule, tag)");
      return null;
    }
    return exclusion[0];
  }
}
