package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.rule.RuleFamily.LOG4SHELL;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
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

  private Log4ShellRules() {}

  private static Rule.Builder lookup(String id) {
    return Rule.builder(id)
        .family(LOG4SHELL)
        .on(
            Target.PATH,
            Target.ARG,
            Target.ARG_NAME,
            Target.COOKIE,
            Target.COOKIE_NAME,
            Target.HEADER,
            Target.FILE_NAME);
  }

  static List<Rule> rules() {
    return List.of(
        lookup("log4shell-jndi")
            .score(SPECIFIC)
            .message("A JNDI lookup")
            .provenance("CVE-2021-44228")
            .matches(
                any(
                    "\\$ ?(?:\\{|&l(?:brace|cub);?) ?j ?n ?d ?i ?:[^}]*[:/$]",
                    "\\bjndi:(?:ldaps?|rmi|dns|nis|iiop|corba|nds|https?):",
                    "\\$\\{jnd(?:[^i]|i[^:])",
                    "\\bj\\$\\{",
                    "\\$\\{j\\$"))
            .build(),
        lookup("log4shell-nested")
            .score(LIKELY)
            .message("A lookup inside a lookup")
            .provenance("CVE-2021-45046; published obfuscations of CVE-2021-44228")
            .matches(
                any(
                    "\\$\\{\\$\\{",
                    "\\$\\{" + LOOKUP + ":[^}]*\\$\\{",
                    "\\$\\{[^}]*\\$\\{" + LOOKUP + ":",
                    "\\$\\{\\w*:\\w*:[^}]*-",
                    "\\$\\{[^a-z}]{0,5}:-",
                    "\\$\\{::",
                    "\\$\\{:",
                    "\\$\\{\\w*\\$\\{\\w*:"))
            .build(),
        lookup("log4shell-lookup")
            .score(SPECIFIC)
            .message("A lookup that discloses the server environment")
            .provenance("Log4j manual, lookups")
            .matches(
                any(
                    "\\$\\{(?:lower|upper|sys|date|main|ctx|java|bundle|base64|k8s|docker|web|spring|"
                        + "sd|marker|log4j):[\\w'\"$.:-]",
                    "\\$\\{env:\\w",
                    "\\$\\{(?:url|script|dns|const|urlencoder|base64decoder):[\\w'\"$.:-]"))
            .build());
  }
}
