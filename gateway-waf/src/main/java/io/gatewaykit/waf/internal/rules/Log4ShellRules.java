// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.LOG4SHELL;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/**
 * Lookups that Log4j would resolve. All header fields are inspected, since any of them may be
 * logged.
 */
final class Log4ShellRules {
  private static final String LOOKUP =
      any(
          "lower",
          "upper",
          "env",
          "sys",
          "date",
          "main",
          "ctx",
          "java",
          "bundle",
          "base64",
          "k8s",
          "docker",
          "web",
          "spring",
          "map",
          "sd",
          "event",
          "marker",
          "log4j",
          "jvmrunargs");

  private static final Values ALL_FIELDS =
      Condition.on(
          Target.PATH,
          Target.ARG,
          Target.ARG_NAME,
          Target.COOKIE,
          Target.COOKIE_NAME,
          Target.HEADER,
          Target.FILE_NAME);

  private Log4ShellRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("log4shell-jndi", LOG4SHELL)
            .score(SPECIFIC)
            .message("A JNDI lookup")
            .provenance("CVE-2021-44228")
            .when(
                ALL_FIELDS.matches(
                    any(
                        "\\$ ?(?:\\{|&l(?:brace|cub);?) ?j ?n ?d ?i ?:[^}]*[:/$]",
                        "\\bjndi:(?:ldaps?|rmi|dns|nis|iiop|corba|nds|https?):",
                        "\\$\\{jnd(?:[^i]|i[^:])",
                        "\\bj\\$\\{",
                        "\\$\\{j\\$")))
            .build(),
        rule("log4shell-nested", LOG4SHELL)
            .score(LIKELY)
            .message("A lookup inside a lookup")
            .provenance("CVE-2021-45046; published obfuscations of CVE-2021-44228")
            .when(
                ALL_FIELDS.matches(
                    any(
                        "\\$\\{\\$\\{",
                        "\\$\\{" + LOOKUP + ":[^}]*\\$\\{",
                        "\\$\\{[^}]*\\$\\{" + LOOKUP + ":",
                        "\\$\\{\\w*:\\w*:[^}]*-",
                        "\\$\\{[^a-z}]{0,5}:-",
                        "\\$\\{::",
                        "\\$\\{:",
                        "\\$\\{\\w*\\$\\{\\w*:")))
            .build(),
        rule("log4shell-lookup", LOG4SHELL)
            .score(SPECIFIC)
            .message("A lookup that discloses the server environment")
            .provenance("Log4j manual, lookups")
            .when(
                ALL_FIELDS.matches(
                    any(
                        "\\$\\{(?:lower|upper|sys|date|main|ctx|java|bundle|base64|k8s|docker|web|spring|"
                            + "sd|marker|log4j):[\\w'\"$.:-]",
                        "\\$\\{env:\\w",
                        "\\$\\{(?:url|script|dns|const|urlencoder|base64decoder):[\\w'\"$.:-]")))
            .build());
  }
}
