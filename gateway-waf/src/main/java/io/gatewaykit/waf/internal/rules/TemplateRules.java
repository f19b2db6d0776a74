package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.SSTI;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Server-side template injection. */
final class TemplateRules {
  private TemplateRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("ssti-expression", SSTI)
            .matches(
                "(?:\\{\\{|\\$\\{|#\\{|\\*\\{|<%=?|@\\(|\\[\\[|~\\[|\\{%|@\\{)[^}]{0,20}\\d+ ?[*+-] ?[\"']?\\d+|\\{\\{.{0,200}(?:__\\w+__|constructor|self\\b|config\\b|request|\\|\\w+|range|cycler|joiner|lipsum|dump|app\\.|_self|system|exec|\\( ?[\"']|\\[\\]|''|\"\")|\\{%-? ?(?:set|for|if|import|include|block|debug|macro|with|extends|raw|csrf|load|print)\\b|[$#*@]\\{.{0,200}(?:t ?\\(|class|runtime|exec|system|self|new |\\w+\\.\\w+[.(\\[]|''|\"\"|request|application|session|product)|<%=?.{0,200}(?:%>|system|file\\.|dir\\.|exec|`)|\\#(?:set|foreach|evaluate|include|parse) ?\\(|\\{/?php\\}|\\{\\$smarty|\\{(?:system|if|eval|math|fetch) ?[( ]|<#(?:assign|list|if)\\b|freemarker\\.|\\$\\{?[\"'].{0,30}\\?new")
            .build());
  }
}
