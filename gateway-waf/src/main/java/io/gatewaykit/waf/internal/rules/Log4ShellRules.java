package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.LOG4SHELL;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Lookups that log4j would resolve. */
final class Log4ShellRules {
  private Log4ShellRules() {}

  static List<Rule> rules() {
    return List.of(
        on(
                "log4shell-lookup",
                LOG4SHELL,
                Target.PATH,
                Target.ARG,
                Target.ARG_NAME,
                Target.COOKIE,
                Target.HEADER)
            .matches(
                "\\$\\{ ?jndi ?:|\\$\\{[^}]{0,60}\\$\\{|\\$\\{(?:lower|upper|env|sys|date|::|main|ctx|java|bundle|base64|k8s|docker|web|spring|map|sd|event|marker|log4j|[a-z]*:[^}]{0,20}:-|[^a-z}]*:-)|j\\$\\{|\\$\\{jnd")
            .build());
  }
}
