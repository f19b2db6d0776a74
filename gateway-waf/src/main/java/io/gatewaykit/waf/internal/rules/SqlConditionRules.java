// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.BESIDE_SENTENCE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SQL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.narrowed;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.BETWEEN;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.BREAKOUT;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.COMPARISON;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.COMPARISON_OF_NUMBER;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.CURLY_QUOTE;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FIRST_QUOTE;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FUNCTION;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.INEQUALITY;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.LITERAL;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.QUOTE_BREAKOUT;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SYMBOL;
import static io.gatewaykit.waf.rule.RuleFamily.SQLI;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import java.util.List;

/**
 * SQL injection by conditions: a value that breaks out of its literal and makes the query true,
 * false or shorter.
 */
final class SqlConditionRules {
  private static final String BEFORE_OPERAND = "(?:not\\b ?)?[( !~+-]*";
  private static final String AFTER_OPERATOR = "[( !~+-]*(?:\\d|['\"]|0x|true|false|null)";
  private static final String OPERAND = BEFORE_OPERAND + "['\"`]?[\\w.@]{1,40}['\"`]?";

  /** An inequality of two numbers, which is also part of a range of versions. */
  private static final String COMPARED_NUMBERS = "\\|\\| ?[( ]*\\d[\\d.]* " + INEQUALITY + " ?\\d";

  /** Operators that are words, and words after which a part of a query starts. */
  private static final String OPERATOR_WORD =
      "(?:or|and|xor|div|mod|r?like|union|having|order by)\\b";

  /** What follows such an operator in a query, but seldom in prose. */
  private static final String QUERY_PART =
      any(
          "\\w+ ?[=<>!]",
          "\\w+ (?:like|is|between)\\b",
          "\\w+ in ?\\(",
          "\\d+ ?(?:--|#|/\\*|;|$)",
          "(?:not|exists|null|true|false|select|all)\\b",
          "\\w+ ?\\(");

  private SqlConditionRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("sqli-tautology", SQLI)
            .proseScores(Severity.CRITICAL.score(), BESIDE_SENTENCE)
            .message("A condition on two constants")
            .provenance("OWASP, SQL injection: always-true conditions")
            .when(
                SQL.matches(
                    any(
                        "(?:\\b(?:or|and|xor|having|where|when)|&&) ?"
                            + BEFORE_OPERAND
                            + LITERAL
                            + "[) ]*"
                            + COMPARISON
                            + AFTER_OPERATOR,
                        "\\|\\| ?"
                            + BEFORE_OPERAND
                            + LITERAL
                            + COMPARISON_OF_NUMBER
                            + AFTER_OPERATOR,
                        "\\|\\| ?"
                            + BEFORE_OPERAND
                            + "(?:['\"]|true|false|null|0x)[^'\"]{0,40}['\"]? ?"
                            + INEQUALITY
                            + AFTER_OPERATOR,
                        "['\"`();#&,/].*" + COMPARED_NUMBERS,
                        COMPARED_NUMBERS + ".*['\"`();#]")))
            .build(),
        rule("sqli-condition-breakout", SQLI)
            .message("A condition after the end of a literal")
            .provenance("OWASP, SQL injection: boolean-based blind")
            .when(
                SQL.matches(
                    any(
                            BREAKOUT
                                + "(?:(?:or|and|xor|having|rlike|where)\\b|&&) ?"
                                + OPERAND
                                + "[) ]*"
                                + COMPARISON,
                            QUOTE_BREAKOUT + "\\|\\| ?" + OPERAND + "[) ]*" + COMPARISON,
                            BREAKOUT + "\\|\\| ?" + OPERAND + COMPARISON_OF_NUMBER)
                        + "[( !~+-]*(?:['\"`]|\\d|@|\\w+ ?\\(|true|null|select)"))
            .build(),
        rule("sqli-condition-only", SQLI)
            .message("A value that consists only of a condition")
            .provenance("fuzzdb and wfuzz lists of conditions, by shape")
            .when(
                SQL.matches(
                    "^[ ')\"]*(?:or|and|having|\\|\\||&&) [( ]*['\"]?\\w{1,20}['\"]? ?(?:[<>!]?=|"
                        + "like) ?n?['\"]?\\w{1,20}['\"]?[ )]*(?:(?:--|#|/\\*).*)?$"))
            .build(),
        rule("sqli-condition-operator", SQLI)
            .message("A value that starts with a condition in words")
            .provenance("ZAP and wfuzz lists of conditions, by shape")
            .when(
                SQL.matches(
                    "^[ ')\"]*(?:or|and) [( ]*"
                        + any(
                            "(?:true|false|1|0)[ )]*(?:--|#|;)?[ '\"+-]*$",
                            "exists ?\\(",
                            "[\\w'.]{1,30} (?:not )?(?:in ?\\(|(?:like|regexp|rlike) ?(?:['\"(\\d]|char|0x)|"
                                + "is (?:not )?null|between ['\"\\d])")))
            .build(),
        rule("sqli-statement-end", SQLI)
            .message("A closed literal and the end of the statement")
            .provenance("Log-in bypass lists for SQLite and MySQL")
            .when(
                SQL.matches(
                    any(
                        "^[^'\" ]{0,40}['\"][ )]*;[ ]*$",
                        "^[^'\" ]{0,40}['\"][ )]*(?:"
                            + SYMBOL
                            + "|(?:or|and|xor|div|mod|like|is|in|between|member of)\\b)[^'\"]{0,60}(?:--|#|;)[ +-]*$",
                        "^[^'\"]{0,40}['\"\\d][ )]*member of ?\\(",
                        "^[^'\"]{0,40}'[ )]*(?:[|&^*/%=<>]{1,2}[ (]*[\\w.@]{1,30}[ )]*[|&^*/%=<>]{1,2}|"
                            + "[-+][ (]*\\d+[ )]*[-+])[ (]*'[^'\"]{0,40}$")))
            .build(),
        rule("sqli-inverted-comment", SQLI)
            .score(LIKELY)
            .message("A statement inside a comment that the application may have opened")
            .provenance("Published bypasses that rely on the removal of comments")
            .when(
                EVERYWHERE.matches(
                    "^ ?/\\*.{0,20}['\")\\d];? ?(?:insert into|update [\\w.]+ set|delete from|drop table|"
                        + "select\\b.*\\bfrom|exec|union)\\b"))
            .build(),
        rule("sqli-path-condition", SQLI)
            .score(LIKELY)
            .message("A condition at the end of a path segment")
            .provenance("OWASP, SQL injection in path parameters")
            .when(SQL.matches("^[^ ]*/[^/ ]* (?:or|and) [\\w'\"]+ ?= ?[\\w'\"]+ ?(?:--|#|$)"))
            .build(),
        rule("sqli-operator-between-quotes", SQLI)
            .proseScores(Severity.CRITICAL.score(), BESIDE_SENTENCE)
            .message("A closed literal, an operator, and an opened literal")
            .provenance("libinjection, fingerprints s&s and sos")
            .when(
                SQL.matches("^[^'\"]{0,40}(?:'" + BETWEEN + "'|\"" + BETWEEN + "\")[^'\"]{0,40}$"))
            .build(),
        rule("sqli-empty-string-condition", SQLI)
            .score(LIKELY)
            .message("A condition on empty strings")
            .provenance("Login bypass lists: ' or ''='")
            .when(
                SQL.matches(
                    any(
                        "['\"] ?(?:or|and|xor|\\|\\||&&) ?\\(?(?:''|\"\") ?" + SYMBOL,
                        "^['\"] ?= ?['\"] ?['\"]?(?:or|and)\\b",
                        CURLY_QUOTE
                            + " ?(?:or|and|\\|\\||&&) ?"
                            + CURLY_QUOTE
                            + "[^ ]{0,12}"
                            + CURLY_QUOTE
                            + " ?[=<>]")))
            .build(),
        rule("sqli-quoted-condition", SQLI)
            .message("A condition between a closed literal and an open one")
            .provenance("libinjection, fingerprint s&sos")
            .when(
                SQL.matches(
                    FIRST_QUOTE
                        + "(?:or|and|xor|\\|\\||&&)\\b? ?\\(*(?:['\"][^'\"]{0,30}['\"]|"
                        + "[\\w.@]{1,30}(?: ?\\([^)]{0,30}\\))?) ?"
                        + COMPARISON
                        + "[( +-]*(?:['\"\\d]|\\w)"))
            .build(),
        rule("sqli-boolean-function", SQLI)
            .score(LIKELY)
            .message("A closed literal and a function as the condition")
            .provenance("OWASP, SQL injection: boolean-based blind")
            .when(
                SQL.matches(
                    "^[^'\"]{0,40}['\"][ )]*(?:or|and|xor|\\|\\||&&) ?\\(*"
                        + FUNCTION
                        + " ?\\([^)]*\\)[ )]*(?:--.*|#.*)?$"))
            .build(),
        rule("sqli-comment-end", SQLI)
            .score(LIKELY)
            .message("A closed literal and the rest of the statement commented out")
            .provenance("OWASP, SQL injection: comments")
            .when(
                SQL.matches(
                    any(
                        "^[^'\"]{0,40}['\"](?:[ );]*--|[);]*#)[ +-]*(?:[a-z]{0,4}|\\d{1,4})$",
                        "^[^'\"]{0,40}['\"][ )]*(?:[=<>*/+-]|\\|\\||<>|!=)[ (]*[\\w'\"]{1,20}[ )]*"
                            + "(?:--|#)[ +-]*\\w{0,4}$")))
            .build(),
        rule("sqli-comment-open", SQLI)
            .message("A closed literal and an unterminated comment")
            .provenance("OWASP, SQL injection: comments; MySQL and SQL Server manuals")
            .when(EVERYWHERE.matches("^[^'\"]{0,40}['\"][ );]*/\\*[^*]{0,60}$"))
            .build(),
        rule("sqli-comment-end-number", SQLI)
            .message("A number and the rest of the statement commented out")
            .provenance("OWASP, SQL injection: comments")
            .when(SQL.matches("^-?\\d+[ )]*;?(?:--|#|/\\*)[ +-]*$"))
            .build(),
        rule("sqli-condition-comment", SQLI)
            .score(LIKELY)
            .message("A condition and the rest of the statement commented out")
            .provenance("sqlmap, boolean-based blind with comment suffix")
            .when(
                SQL.matches(
                    "(?:^|['\"`)\\d]) ?(?:or|and|\\|\\||&&) ?[^#]*[\\w'\")](?: ?#|"
                        + "[ ;]*--)[ +-]*(?:\\w{1,8})?$"))
            .build(),
        rule("sqli-hash-comment", SQLI)
            .score(LIKELY)
            .message("Keywords after line comments")
            .provenance("MySQL manual, comments; sqlmap, space2hash and space2mysqldash")
            .when(
                SQL.matches(
                    any(
                        "^(?:-\\d+['\")]{0,3}#|\\d+['\")]{0,3}#[^ ])[^ ]{0,40} .{0,60}\\b(?:union|and|x?or|select|having)\\b",
                        "\\b(?:union|select)(?:#[^ ]{0,40}(?: |$)|-- )")))
            .build(),
        rule("sqli-function-compare", SQLI)
            .message("A function's result compared after a condition")
            .provenance("sqlmap, boolean-based blind")
            .when(
                SQL.matches(
                    "(?:\\b(?:or|and|xor|having)|\\|\\||&&) ?\\(*(?:not )?\\(*"
                        + FUNCTION
                        + " ?\\([^)]*\\)[) ]*"
                        + COMPARISON))
            .build(),
        rule("sqli-concatenation-breakout", SQLI)
            .score(LIKELY)
            .message("A closed literal, an expression, and an opened literal")
            .provenance("PortSwigger SQL injection cheat sheet, concatenation")
            .when(
                SQL.matches(
                    "^[^'\"]{0,30}(?:' ?(?:\\|\\||\\+|&|,|-|\\*) ?\\(*[\\w.@]{1,60} ?\\(.*(?:\\|\\||"
                        + "\\+|&|,|-|\\*) ?'|\" ?(?:\\|\\||\\+|&|,|-|\\*) ?\\(*[\\w.@]{1,60} ?\\(.*(?:\\|\\||"
                        + "\\+|&|,|-|\\*) ?\")[^'\"]{0,20}$"))
            .build(),
        rule("sqli-postgres-cast", SQLI)
            .score(LIKELY)
            .message("A cast or JSON operator of PostgreSQL in a condition")
            .provenance(
                "PostgreSQL manual, casts and JSON operators; JSON-based bypasses, Claroty 2022")
            .when(
                SQL.matches(
                    any(
                        "^[\\w'\"{}:,\\[\\].()-]+::(?:jsonb?|int\\d?|integer|text|varchar|numeric|regclass|"
                            + "bytea)\\b",
                        "['\"}\\]] ?::jsonb?\\b",
                        "[}\\]]['\"] ?(?:@@|@>|<@|[-#]>>?|[<>]=?|\\?[|&]?) ?['\"][$\\[{]",
                        "(?:or|and) ?['\"][\\[{].*['\"] ?(?:::|\\?[|&]?|[@<]>|<@|[-#]>>?|@@)",
                        "\\bjson_(?:extract|depth|length|contains|valid|array_length|value|"
                            + "query) ?\\( ?['\"][{\\[]")))
            .build(),
        rule("sqli-quote-weak", SQLI)
            .message("A word followed by an unterminated literal")
            .provenance("Probing for SQL injection by a single quote")
            .paranoia(2)
            .when(
                narrowed(SQL, ARG, ARG_NAME, COOKIE, PATH)
                    .matches(any("^[^'\" ]{1,40}['\"\\\\]+[)\\\\]*$", "^['\\\\]+[)\\\\]*$")))
            .build(),
        rule("sqli-breakout-weak", SQLI)
            .message("An operator or a comment after a quote")
            .provenance("OWASP, SQL injection")
            .paranoia(2)
            .when(
                SQL.matches(
                    any(
                        "^[^'\"]{0,40}'[ )]*(?:" + SYMBOL + "|--|#|/\\*)",
                        // After a number, a double quote is a unit of length.
                        "^(?:[^'\"]{0,39}[^'\"\\d])?\"[ )]*(?:\\|\\||&&|--|#|/\\*)",
                        "^[^'\"]{0,40}'[ )]*"
                            + OPERATOR_WORD
                            + "[ (]*(?:$|['\"`(@!~\\\\]|"
                            + QUERY_PART
                            + ")",
                        "^[^'\"]{0,40}\"[ )]*"
                            + OPERATOR_WORD
                            + "[ (]*(?:$|[`(@!~\\\\]|\" ?\"|"
                            + QUERY_PART
                            + ")",
                        "^[ )]*(?:or|and) [^ ]+(?: ?[<>=]| like | in | is |$)")))
            .build(),
        rule("sqli-fragment-weak", SQLI)
            .message("A fragment of a condition or statement as the value")
            .provenance("omurugur and InfoSecWarrior, SQL payloads, by shape")
            .paranoia(2)
            .when(
                narrowed(SQL, ARG, ARG_NAME, COOKIE)
                    .matches(
                        any(
                            "^-?\\w{1,12}[\\\\]*'+[\\w ]{0,3}'*$",
                            "^[' +(]*(?:select (?:top|\\*|@@?\\w+|\\d)|print @@?\\w|exec (?:sp|xp)_?\\w*|order by \\d+|"
                                + "having \\d|union all)",
                            "^@@\\w+$",
                            "^[\\w' -]{1,20} (?:or|and) [\\w'+-]{1,20} ?(?:[<>]|=|like )[\\w'+-]",
                            "^[^a-z ]{0,20}/?\\*/[^a-z]{0,20}$",
                            "^0x[0-9a-f]{20,}")))
            .build(),
        rule("sqli-signs-weak", SQLI)
            .message("Many consecutive SQL symbols")
            .provenance("Grammar of SQL-92")
            .paranoia(3)
            .severity(Severity.WARNING)
            .when(narrowed(SQL, ARG, ARG_NAME, COOKIE, PATH).matches("(?:['`;()=<>|#*+-][ ]?){4}"))
            .build());
  }
}
