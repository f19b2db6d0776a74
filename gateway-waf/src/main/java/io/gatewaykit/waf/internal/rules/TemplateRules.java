// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.SSTI;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Server-side template injection. A placeholder alone, {@code {{name}}}, is common in text about
 * templates. Attacks contain arithmetic, calls, indices and the objects that lead to code.
 */
final class TemplateRules {
  /** The constructs that lead out of a template; names and filters alone do not. */
  private static final String REACHES_OUT =
      any(
          "__\\w+__",
          "\\bconstructor\\b",
          "\\b(?:cycler|joiner|lipsum|_self|getclass|get_flashed_messages|templatesettings)\\b",
          "\\b(?:namespace|url_for)\\b ?[.\\[(]",
          "\\b(?:system|exec|popen|eval|passthru|shell_exec|file_get_contents|phpinfo|alert|import|"
              + "require|dump|attr|map|filter|sort|reduce|readfile|file_excerpt|assert|printf|t|"
              + "include|read|write|range|math)\\b ?\\( ?[^ )]",
          "\\| ?(?:map|filter|sort|reduce|find|attr)\\b",
          "\\.class\\b",
          "\\b(?:processbuilder|scriptengine|runtime\\.)",
          "\\bnew [a-z]+[.(]",
          "\\bjava\\.",
          "\\b_\\.\\w",
          "\\b(?:file|dir|io|process|os)\\.\\w",
          "\\$(?:eval|on|parent|root|this|smarty)\\b",
          "\\b(?:config|self|request|settings|session|application|app|debug|g)\\b ?(?:\\}\\}|[\\[|(]|"
              + "\\.(?:items|get\\w*|secret\\w*|args|application|class|env\\w*|debug|globals|cookies|"
              + "server|request\\.\\w+\\.|_\\w*|root|kernel))",
          "\\[\\]",
          "''",
          "\"\"",
          "[\"']\\.\\w",
          "\\)\\.\\w+ ?\\(",
          "\\( ?[\"'](?:/|\\.\\./|\\w+://)");

  private TemplateRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("ssti-arithmetic", SSTI)
            .score(LIKELY)
            .message("Arithmetic in a placeholder, typical of probes")
            .provenance("PortSwigger, server-side template injection")
            .when(
                EVERYWHERE.matches(
                    "(?:\\{\\{\\{?|[$#*@]\\{|<%=?|@\\(|\\[\\[|~\\[|\\{%|\\{=|\\{@|"
                        + "#set ?\\( ?\\$\\w+ ?=|\\{|\\$\\()[ ({\\[]*[\"']?\\d+[\"']? ?(?:[*+/-]|\\*\\*|"
                        + "\\|) ?[\"']?\\d+[\"']?[ )}\\]]*(?:\\}|%>|\\)|\\]\\]|$)"))
            .build(),
        rule("ssti-curly-call", SSTI)
            .score(LIKELY)
            .message("A call, an index or a filter in double braces")
            .provenance(
                "Jinja2, Twig, Handlebars and AngularJS template injection, PayloadsAllTheThings by shape")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\{\\{[^}]*" + REACHES_OUT,
                        "\\{\\{ ?(?:=|\\d+ ?\\||#with [\"']|[<>!&] ?[a-z]+\\.)",
                        "^\\{\\{\\.\\w+ ")))
            .build(),
        rule("ssti-block", SSTI)
            .proseScores(MENTION, MENTION)
            .message("A block of a template language")
            .provenance("Jinja2, Twig, Django, Smarty, Velocity, FreeMarker and ERB manuals")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[^{])\\{%[^%]{0,200}" + REACHES_OUT,
                        "^(?:[^ ]{0,19}[^ {])?\\{%-? ?(?:debug|csrf_token|load|import|include|extends|raw)\\b[^%]*%\\}",
                        "\\{/?php\\}",
                        "\\{\\$smarty",
                        "\\{(?:system|eval|math|fetch|self::|literal)[ (}]",
                        "\\{if ?(?:[a-z_]+ ?\\(|\\d)",
                        "\\{if[-:{]\\w",
                        "\\{include ?(?:file|\\$)",
                        "<#(?:assign|list|if|include|import|function|macro)\\b",
                        "<@\\w+ [^>]*=",
                        "\\bfreemarker\\.",
                        "\\?new ?\\(",
                        "\\?(?:api|eval|interpret)\\b.{0,10}\\}",
                        "#(?:set|foreach|evaluate|include|parse|macro) ?\\( ?[\"'$]",
                        "\\$class\\.",
                        "#\\{ ?(?:`|%x|system|exec|file\\.|dir\\.|io\\.|root\\.|global)")))
            .build(),
        rule("ssti-erb", SSTI)
            .score(LIKELY)
            .message("Embedded Ruby or Java code")
            .provenance("ERB, JSP and EJS manuals")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<%=?.*(?:system|file\\.|dir\\.|exec|`|global\\.|process\\.|require|runtime|"
                            + "request\\.|out\\.print|eval|\\*|self|include)",
                        "^<%.*%>",
                        "<%=? ?\\w+ ?[-+*/]",
                        "<%@",
                        "\\$\\{? ?[\"'].*\\?new",
                        "^[#$*@]\\{[\"'][^\"']*[\"']\\.")))
            .build(),
        rule("ssti-expression", SSTI)
            .score(LIKELY)
            .message("An expression that leads to Java classes or the request")
            .provenance(
                "CVE-2011-2730, CVE-2022-22963; Spring, JSF, Thymeleaf and OGNL expression languages")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[^\\w])[$#*@%~]\\{[^}]*(?:"
                            + any(
                                "t ?\\( ?java",
                                "\\bt ?\\([a-z.]+\\)",
                                "getclass",
                                "\\bclass\\.forname",
                                "\\bruntime\\b",
                                "processbuilder",
                                "\\bexec ?\\(",
                                "scriptengine",
                                "\\.class\\b",
                                "\\bnew [a-z]+\\.",
                                "''",
                                "\"\"",
                                "\\brequest(?:scope)?[.\\[]",
                                "\\bapplication(?:scope)?[.\\[]",
                                "\\bsession(?:scope)?[.\\[]",
                                "\\bsystem\\.(?:getenv|getproperty|exit)",
                                "\\bself\\.",
                                "\\bproduct\\.",
                                "#(?:context|request|session|rt|_memberaccess|this|root|cmd|a|ctx)\\b",
                                "\\bfacescontext",
                                "\\bbeans\\b",
                                "\\bjava\\.")
                            + ")",
                        "__\\$\\{",
                        "\\}__::",
                        "\\$\\{ ?= ")))
            .build(),
        rule("ssti-expression-only", SSTI)
            .proseScores(MENTION, MENTION)
            .message("A value that is an expression with a call")
            .provenance("Expression languages of Java and Python")
            .when(
                EVERYWHERE.matches(
                    any(
                        // A path of properties alone is a placeholder, as in a build file.
                        "^[$#*@%~]\\{[^{}]*[(\\[*+|`'\"][^{}]*\\}$",
                        "^[#*@%~]\\{[^{}]*\\.[^{}]*\\}$",
                        // Not a shortcode of Hugo, which starts with "<" or "%" and runs before
                        // publication.
                        "^\\{\\{[^{}<%][^{}]*[\"'()\\[\\]*+$<>=!&][^{}]*\\}\\}$",
                        "^\\{\\{[\"'()\\[\\]*+$>=!&][^{}]*\\}\\}$",
                        "^@\\{?\\(.*\\)\\}?$",
                        "^\\[%.*%\\]$",
                        "^\\{#[^#]*[*+(=][^#]*#\\}$",
                        "^\\[#[a-z]+ [^\\]]*\\]",
                        "^\\$\\{\\{.*\\}\\}$",
                        "^<\\$.*\\$>$",
                        "^@(?:\\{|\\()[^)]*[*+]",
                        "\\$\\{\\{<%\\[%",
                        "^[a-z]*\\{\\{\\{")))
            .build(),
        rule("ssti-curly-weak", SSTI)
            .message("A value that is a placeholder")
            .provenance("Template languages")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    any(
                            "^[^ ]{0,40}\\{\\{[^<%].*\\}\\}",
                            "^[^ ]{0,40}[$#]\\{[^}]+\\}",
                            "^[^ ]{0,40}<%.+%>",
                            "^(?:[^ ]{0,39}[^ {])?\\{%.+%\\}")
                        + "[^ ]{0,40}$"))
            .build());
  }
}
