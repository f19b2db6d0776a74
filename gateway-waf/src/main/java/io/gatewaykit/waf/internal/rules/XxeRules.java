package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.XXE;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** XML external entities. */
final class XxeRules {
  private XxeRules() {}

  static List<Rule> rules() {
    return List.of(
        on("xxe-entity", XXE, Target.ARG, Target.HEADER, Target.COOKIE)
            .matches(
                "<!(?:entity|element|attlist|notation)\\b|<!doctype[^>]*(?:\\[|system|public ?[\"'][^-\"'])|xi:include|/xinclude|schemalocation ?= ?[\"'][^\"']*(?:file:|http://(?:127|localhost|169))")
            .build());
  }
}
