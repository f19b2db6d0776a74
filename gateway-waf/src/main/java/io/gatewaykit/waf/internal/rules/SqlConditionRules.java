package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.internal.rules.RuleShapes.sql;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.BETWEEN;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.BREAKOUT;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.COMPARISON;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.CURLY_QUOTE;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FIRST_QUOTE;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FUNCTION;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.LITERAL;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SYMBOL;
import static io.gatewaykit.waf.rule.RuleFamily.SQLI;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * SQL injection by conditions: a value that leaves the literal it was put in, and makes the query
 * true, false or shorter.
 */
final class SqlConditionRules {
  private SqlConditionRules() {}

  static List<Rule> rules() {
    return List.of(
        sql("sqli-tautology")
            .message("A condition on two constants")
            .provenance("OWASP, SQL injection: always-true conditions")
            .matches(
                "(?:\\b(?:or|and|xor|having|where|when)|\\|\\||&&) ?(?:not\\b ?)?[( !~+-]*"
                    + LITERAL
                    + "[) ]*"
                    + COMPARISON
                    + "[( !~+-]*(?:\\d|['\"]|0x|true|false|null)")
            .build(),
        sql("sqli-condition-breakout")
            .message("A condition after the end of a literal")
            .provenance("OWASP, SQL injection: boolean-based blind")
            .matches(
                BREAKOUT
                    + "(?:(?:or|and|xor|having|rlike|where)\\b|\\|\\||&&) ?(?:not\\b ?)?[( !~+-]*['\"`]?"
                    + "[\\w.@]{1,40}['\"`]?[) ]*"
                    + COMPARISON
                    + "[( !~+-]*(?:['\"`]|\\d|@|\\w+ ?\\(|true|null|select)")
            .build(),
        sql("sqli-condition-only")
            .message("A value that is nothing but a condition")
            .provenance("fuzzdb and wfuzz lists of conditions, by shape")
            .matches(
                "^[ ')\"]*(?:or|and|having|\\|\\||&&) [( ]*['\"]?\\w{1,20}['\"]? ?(?:[<>!]?=|"
                    + "like) ?['\"]?\\w{1,20}['\"]?[ )]*(?:(?:--|#|/\\*).*)?$")
            .build(),
        sql("sqli-path-condition")
            .message("A condition at the end of a path segment")
            .provenance("OWASP, SQL injection in path parameters")
            .matches("^[^ ]*/[^/ ]* (?:or|and) [\\w'\"]+ ?= ?[\\w'\"]+ ?(?:--|#|$)")
            .build(),
        sql("sqli-operator-between-quotes")
            .message("A literal closed, an operator, and a literal opened")
            .provenance("libinjection, fingerprints s&s and sos")
            .matches("^[^'\"]{0,40}(?:'" + BETWEEN + "'|\"" + BETWEEN + "\")[^'\"]{0,40}$")
            .build(),
        sql("sqli-empty-string-condition")
            .message("A condition on empty strings")
            .provenance("Login bypass lists: ' or ''='")
            .matches(
                any(
                    "['\"] ?(?:or|and|xor|\\|\\||&&) ?\\(?(?:''|\"\") ?" + SYMBOL,
                    "^['\"] ?= ?['\"] ?['\"]?(?:or|and)\\b",
                    CURLY_QUOTE
                        + " ?(?:or|and|\\|\\||&&) ?"
                        + CURLY_QUOTE
                        + "[^ ]{0,12}"
                        + CURLY_QUOTE
                        + " ?[=<>]"))
            .build(),
        sql("sqli-quoted-condition")
            .message("A condition between a closed literal and an open one")
            .provenance("libinjection, fingerprint s&sos")
            .matches(
                FIRST_QUOTE
                    + "(?:or|and|xor|\\|\\||&&)\\b? ?\\(*(?:['\"][^'\"]{0,30}['\"]|"
                    + "[\\w.@]{1,30}(?: ?\\([^)]{0,30}\\))?) ?"
                    + COMPARISON
                    + "[( +-]*(?:['\"\\d]|\\w)")
            .build(),
        sql("sqli-boolean-function")
            .message("A literal closed and a function as the condition")
            .provenance("OWASP, SQL injection: boolean-based blind")
            .matches(
                "^[^'\"]{0,40}['\"][ )]*(?:or|and|xor|\\|\\||&&) ?\\(*"
                    + FUNCTION
                    + " ?\\([^)]*\\)[ )]*(?:--.*|#.*)?$")
            .build(),
        sql("sqli-comment-end")
            .message("A literal closed and the rest of the statement commented out")
            .provenance("OWASP, SQL injection: comments")
            .matches(
                any(
                    "^[^'\"]{0,40}['\"](?:[ );]*--|[);]*#)[ +-]*(?:[a-z]{0,4}|\\d{1,4})$",
                    "^[^'\"]{0,40}['\"][ )]*(?:[=<>*/+-]|\\|\\||<>|!=)[ (]*[\\w'\"]{1,20}[ )]*"
                        + "(?:--|#)[ +-]*\\w{0,4}$"))
            .build(),
        everywhere("sqli-comment-open", SQLI)
            .message("A literal closed and a comment opened that never ends")
            .provenance("OWASP, SQL injection: comments; MySQL and SQL Server manuals")
            .matches("^[^'\"]{0,40}['\"][ );]*/\\*[^*]{0,60}$")
            .build(),
        sql("sqli-comment-end-number")
            .message("A number and the rest of the statement commented out")
            .provenance("OWASP, SQL injection: comments")
            .matches("^-?\\d+[ )]*;?(?:--|#|/\\*)[ +-]*$")
            .build(),
        sql("sqli-condition-comment")
            .message("A condition and the rest of the statement commented out")
            .provenance("sqlmap, boolean-based blind with comment suffix")
            .matches(
                "(?:^|['\"`)\\d]) ?(?:or|and|\\|\\||&&) ?[^#]*[\\w'\")](?: ?#|"
                    + "[ ;]*--)[ +-]*(?:\\w{1,8})?$")
            .build(),
        sql("sqli-hash-comment")
            .message("Keywords behind comments that end with a line")
            .provenance("MySQL manual, comments; sqlmap, space2hash and space2mysqldash")
            .matches(
                any(
                    "^(?:-\\d+['\")]{0,3}#|\\d+['\")]{0,3}#[^ ])[^ ]{0,40} .{0,60}\\b(?:union|and|x?or|select|having)\\b",
                    "\\b(?:union|select)(?:#[^ ]{0,40}(?: |$)|-- )"))
            .build(),
        sql("sqli-function-compare")
            .message("A function's result compared after a condition")
            .provenance("sqlmap, boolean-based blind")
            .matches(
                "(?:\\b(?:or|and|xor|having)|\\|\\||&&) ?\\(*(?:not )?\\(*"
                    + FUNCTION
                    + " ?\\([^)]*\\)[) ]*"
                    + COMPARISON)
            .build(),
        sql("sqli-concatenation-breakout")
            .message("A literal closed, an expression, and a literal opened")
            .provenance("PortSwigger SQL injection cheat sheet, concatenation")
            .matches(
                "^[^'\"]{0,30}(?:' ?(?:\\|\\||\\+|&|,|-|\\*) ?\\(*[\\w.@]{1,60} ?\\(.*(?:\\|\\||"
                    + "\\+|&|,|-|\\*) ?'|\" ?(?:\\|\\||\\+|&|,|-|\\*) ?\\(*[\\w.@]{1,60} ?\\(.*(?:\\|\\||"
                    + "\\+|&|,|-|\\*) ?\")[^'\"]{0,20}$")
            .build(),
        sql("sqli-postgres-cast")
            .message("A cast or JSON operator of PostgreSQL in a condition")
            .provenance(
                "PostgreSQL manual, casts and JSON operators; JSON-based bypasses, Claroty 2022")
            .matches(
                any(
                    "^[\\w'\"{}:,\\[\\].()-]+::(?:jsonb?|int\\d?|integer|text|varchar|numeric|regclass|"
                        + "bytea)\\b",
                    "['\"}\\]] ?::jsonb?\\b",
                    "[}\\]]['\"] ?(?:@@|@>|<@|[-#]>>?|[<>]=?|\\?[|&]?) ?['\"][$\\[{]",
                    "(?:or|and) ?['\"][\\[{].*['\"] ?(?:::|\\?[|&]?|[@<]>|<@|[-#]>>?|@@)",
                    "\\bjson_(?:extract|depth|length|contains|valid|array_length|value|"
                        + "query) ?\\( ?['\"][{\\[]"))
            .build(),
        sql("sqli-quote-weak")
            .message("An open literal at the end of a value")
            .provenance("Probing for SQL injection by a single quote")
            .severity(WARNING)
            .paranoia(3)
            .matches("^[^'\"]{0,40}['\"][)\\\\]*$")
            .build());
  }
}
