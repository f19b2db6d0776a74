package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.SSTI;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Server-side template injection. A placeholder alone, {@code {{name}}}, is what people write about
 * templates; arithmetic, calls, indices and the objects that lead to code are what attackers write.
 */
final class TemplateRules {
  /** Words in an expression that lead out of the template. */
  private static final String REACHES_OUT =
      any(
          "__\\w+__",
          "\\bconstructor\\b",
          "\\bself\\b",
          "\\bconfig\\b",
          "\\brequest\\b",
          "\\bcycler\\b",
          "\\bjoiner\\b",
          "\\blipsum\\b",
          "\\bnamespace\\b",
          "\\bget_flashed_messages\\b",
          "\\burl_for\\b",
          "\\bapp\\.",
          "\\b_self\\b",
          "\\bsystem\\b",
          "\\bexec\\b",
          "\\bpopen\\b",
          "\\beval\\b",
          "\\bruntime\\b",
          "\\bgetclass\\b",
          "\\bclass\\b",
          "\\bprocessbuilder\\b",
          "\\bscriptengine",
          "\\bt ?\\(",
          "\\bnew \\w",
          "\\bpassthru\\b",
          "\\bfile_excerpt\\b",
          "\\bmap ?\\(",
          "\\bfilter ?\\(",
          "\\battr ?\\(",
          "\\brange\\b",
          "\\bdump ?\\(",
          "\\bdebug\\b",
          "\\bsettings\\b",
          "\\bsession\\b",
          "\\bapplication\\b",
          "\\binclude\\b",
          "\\bforge\\b",
          "\\bproduct\\b",
          "\\b(?:file|dir)\\.\\w",
          "\\bjava\\b",
          "\\btemplatesettings\\b",
          "_\\.\\w");

  private TemplateRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("ssti-arithmetic", SSTI)
            .message("A sum in a placeholder, as probes send")
            .provenance("PortSwigger, server-side template injection")
            .matches(
                "(?:\\{\\{\\{?|[$#*@]\\{|<%=?|@\\(|\\[\\[|~\\[|\\{%|\\{=|\\{@|"
                    + "#set ?\\( ?\\$\\w+ ?=|\\{|\\$\\()[ ({\\[]*[\"']?\\d+[\"']? ?(?:[*+/-]|\\*\\*|"
                    + "\\|) ?[\"']?\\d+[\"']?[ )}\\]]*(?:\\}|%>|\\)|\\]\\]|$)")
            .build(),
        everywhere("ssti-curly-call", SSTI)
            .message("A call, an index or a filter in double braces")
            .provenance(
                "Jinja2, Twig, Handlebars and AngularJS template injection, PayloadsAllTheThings by shape")
            .matches(
                any(
                    "\\{\\{[^}]*(?:"
                        + REACHES_OUT
                        + "|\\w ?\\( ?[\"'\\w)]|\\[\\]|\\[ ?[\"'\\d]|''|\"\"|\\(\\)|[\"']\\.\\w|\\|\\w)",
                    "\\{\\{ ?(?:=|#with|#each|[\"']|[<>!&] ?[a-z]+\\.|\\$)",
                    "^\\{\\{ ?\\w+(?:\\.\\w+)+ ?\\}\\}",
                    "[\"'=>]\\{\\{ ?\\w+(?:\\.\\w+)+ ?\\}\\}"))
            .build(),
        everywhere("ssti-block", SSTI)
            .message("A block of a template language")
            .provenance("Jinja2, Twig, Django, Smarty, Velocity, FreeMarker and ERB manuals")
            .matches(
                any(
                    "\\{%-? ?(?:set|for|if|import|include|block|debug|macro|with|extends|raw|"
                        + "csrf_token|load|from|call|filter|autoescape|apply|do|sandbox)\\b",
                    "\\{/?php\\}",
                    "\\{\\$smarty",
                    "\\{(?:system|eval|math|fetch|self::|literal)[ (}]",
                    "\\{if ?(?:[a-z_]+ ?\\(|\\d)",
                    "\\{include ?(?:file|\\$)",
                    "<#(?:assign|list|if|include|import|function|macro)\\b",
                    "<@\\w+",
                    "\\bfreemarker\\.",
                    "\\?new ?\\(",
                    "\\?(?:api|eval|interpret)\\b.{0,10}\\}",
                    "#(?:set|foreach|evaluate|include|parse|macro) ?\\( ?[\"'$]",
                    "\\$class\\.",
                    "#\\{ ?(?:`|%x|system|exec|file\\.|dir\\.|io\\.|root\\.|global)"))
            .build(),
        everywhere("ssti-erb", SSTI)
            .message("Embedded Ruby or Java code")
            .provenance("ERB, JSP and EJS manuals")
            .matches(
                any(
                    "<%=?.*(?:system|file\\.|dir\\.|exec|`|global\\.|process\\.|require|runtime|"
                        + "request\\.|out\\.print|eval|\\*|self|include)",
                    "^<%.*%>",
                    "<%=? ?\\w+ ?[-+*/]",
                    "<%@",
                    "\\$\\{? ?[\"'].*\\?new",
                    "^[#$*@]\\{[\"'][^\"']*[\"']\\."))
            .build(),
        everywhere("ssti-expression", SSTI)
            .message("An expression that leads to Java classes or the request")
            .provenance(
                "CVE-2011-2730, CVE-2022-22963; Spring, JSF, Thymeleaf and OGNL expression languages")
            .matches(
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
                    "\\$\\{ ?= "))
            .build(),
        everywhere("ssti-expression-only", SSTI)
            .message("A value that is an expression with a call")
            .provenance("Expression languages of Java and Python")
            .matches(
                any(
                    "^[$#*@%~]\\{[^{}]*[(\\[.*+|`'\"][^{}]*\\}$",
                    "^\\$\\{[a-z]+(?:\\.[a-z_]+)+\\}",
                    "^\\{\\{.*\\}\\}$",
                    "^@\\{?\\(.*\\)\\}?$",
                    "^\\[%.*%\\]$",
                    "^\\{#.*#\\}$",
                    "^\\[#.*\\]$",
                    "^\\$\\{\\{.*\\}\\}$",
                    "^<\\$.*\\$>$",
                    "^@(?:\\{|\\()[^)]*[*+]",
                    "\\$\\{\\{<%\\[%",
                    "^[a-z]*\\{\\{\\{"))
            .build(),
        everywhere("ssti-curly-weak", SSTI)
            .message("A placeholder")
            .provenance("Template languages")
            .severity(WARNING)
            .paranoia(2)
            .matches(any("\\{\\{.+\\}\\}", "[$#]\\{[^}]+\\}", "<%.+%>", "\\{%.+%\\}"))
            .build());
  }
}
