// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.BESIDE_SENTENCE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SQL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FUNCTION;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.LITERAL;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SELECT_LIST;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SERVER_FACT;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.STATEMENT;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SYSTEM_TABLE;
import static io.gatewaykit.waf.rule.RuleFamily.SQLI;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import java.util.List;

/**
 * SQL injection by queries: a second query joined to the first, inside an expression or after its
 * end, and a value that is a complete statement.
 */
final class SqlQueryRules {
  private SqlQueryRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("sqli-union-select", SQLI)
            .score(SPECIFIC)
            .message("UNION with a select list")
            .provenance("MySQL, PostgreSQL and SQL Server manuals, UNION")
            .when(
                SQL.matches(
                    "\\bunion ?\\( ?select\\b|\\bunion[ (+@\\x60]*(?:(?:all|distinct(?:row)?)\\b)?[ (+]*(?:(?:#|"
                        + "--)[^ ]{0,40}[ ]+)*select\\b"
                        + "[ (+]*"
                        + SELECT_LIST))
            .build(),
        rule("sqli-union-breakout", SQLI)
            .score(LIKELY)
            .message("UNION after the end of a literal")
            .provenance("sqlmap, UNION query technique")
            .when(
                SQL.matches(
                    "^[^'\"]{0,40}['\"\\d)\\\\][ );]*\\w?union\\b[^a-z'\",]{0,40}(?:#\\w{0,20}[^a-z'\",]{1,40})"
                        + "?(?:all |distinct )?(?:select\\b|values\\b|union\\b|table \\w|\\()"))
            .build(),
        rule("sqli-split-keyword", SQLI)
            .score(LIKELY)
            .message("SQL keywords split by quotes")
            .provenance("Published bypasses of keyword filters by string concatenation")
            .when(SQL.matches("\\b(?:sel[\"'\\\\,+|]{2,9}ect|uni?[\"'\\\\,+|]{2,9}i?on)\\b"))
            .build(),
        rule("sqli-order-by", SQLI)
            .score(LIKELY)
            .message("ORDER BY or GROUP BY a column number")
            .provenance("sqlmap, column count by ORDER BY")
            .when(
                SQL.matches(
                    "(?:^[ )]*|['\"\\d)][ )]*|^[\\w.]{1,20}[^\\w]{0,4})(?:order|"
                        + "group)[^\\w]{0,3}by[^\\w]{1,3}(?:\\d+(?: ?, ?\\d*)*[ ;]*(?:--|#|/\\*|$)|\\(|if\\b|"
                        + "case\\b|rand)"))
            .build(),
        rule("sqli-system-table", SQLI)
            .score(SPECIFIC)
            .message("A query of the system tables")
            .provenance("Catalogues of MySQL, PostgreSQL, SQL Server, Oracle, SQLite, Access, Db2")
            .when(
                SQL.matches(
                    any(
                        "\\bselect\\b.*\\bfrom[ (]+" + SYSTEM_TABLE,
                        "\\b(?:from|join|exists|into)[ (]+information_schema ?\\.",
                        "\\bfrom \\w+ ?\\. ?\\. ?sys\\w+",
                        "^[ '\"]*(?:information_schema|pg_catalog|sqlite_(?:master|schema)|sysobjects)\\b"
                            + "[\\w. '\"]*$")))
            .build(),
        rule("sqli-server-fact", SQLI)
            .score(LIKELY)
            .message("A query of the server version, user or variables")
            .provenance("sqlmap, fingerprinting and enumeration")
            .when(
                SQL.matches(
                    any(
                        "\\bselect ?[(+ ]*" + SERVER_FACT,
                        FUNCTION + " ?\\( ?\\(? ?" + SERVER_FACT,
                        "@@(?:version|hostname|datadir|basedir|global|servername|innodb\\w*|"
                            + "secure_file\\w*|tmpdir)\\b",
                        "(?:['\"=|,+(]|\\b(?:or|and)\\b) ?"
                            + SERVER_FACT
                            + " ?(?:[<>!=|),'\"-]|like|is |in |--)")))
            .build(),
        rule("sqli-subquery", SQLI)
            .score(LIKELY)
            .message("A query inside an expression")
            .provenance("PortSwigger SQL injection cheat sheet")
            .when(
                SQL.matches(
                    any(
                        "(?:[,=+*/<>|&-]|\\b(?:or|and|not|when|exists|case|if|div|regexp|like|order by|"
                            + "select|union)\\b) ?\\(+ ?select\\b[ (+]*(?:[\\w*@.]+ ?[(,]|[\\w*@.]+ from|"
                            + "[\\d'\"(*@~]|case\\b|distinct\\b|count\\b|if\\b|top\\b|null\\b)",
                        "(?:^|/)[ (]*\\( ?(?:\\w{2,12} ?\\( ?){0,3}select ?" + SELECT_LIST,
                        "\\b\\w+ ?\\( ?\\( ?select ?" + SELECT_LIST,
                        "\\{ ?\\x60\\w+\\x60 ?\\(? ?(?:select\\b|\\w+ ?\\()")))
            .build(),
        rule("sqli-statement", SQLI)
            .proseScores(Severity.CRITICAL.score(), BESIDE_SENTENCE)
            .message("A value that is a statement")
            .provenance("fuzzdb, SQL injection statements, by shape")
            .when(
                SQL.matches(
                    "^[^a-z]{0,12}\\d{0,6}[ '\")]*"
                        + any(
                            "select ?(?:\\*|"
                                + LITERAL
                                + "|\\(+['\"\\d]|-|@|[\\w@]+ ?\\(|\\w+ ?[,+|]|distinct |top \\d).*\\bfrom\\b",
                            "select ?(?:(?:"
                                + FUNCTION
                                + "|lo_\\w+|pg_\\w+) ?\\(|@@|\\d+ ?(?:,|--|$|[-+*/%] ?\\d)|case when )",
                            "insert into [\\w.`]+ ?(?:\\(|values|select)",
                            "update [\\w.`]+ set [\\w.`]+ ?=",
                            "delete from [\\w.`]+ ?(?:where\\b|;|--|$)",
                            "drop (?:table|database|user|view|function|"
                                + "procedure) (?:if exists )?[\\w.`]+ ?(?:cascade ?)?(?:;|--|#|$)",
                            "create (?:table|function|procedure|trigger) [\\w.`]+ ?\\(",
                            "create (?:user|login) [\\w'\"]+ (?:identified|with|for)",
                            "alter table [\\w.`]+ (?:add|drop|modify|change)",
                            "execute immediate\\b",
                            "exec(?:ute)?[ (]+(?:master\\b|[xs]p_|@|['\"])",
                            "declare @\\w+",
                            "grant [\\w, ]+ on [\\w.*]+ to",
                            "waitfor delay ?['\"@0]",
                            "shutdown(?: with nowait)? ?(?:;|--|$)",
                            "union (?:all )?select\\b")))
            .build(),
        rule("sqli-stacked", SQLI)
            .score(LIKELY)
            .message("A second statement after the end of a literal")
            .provenance("OWASP, SQL injection: stacked queries")
            .when(
                SQL.matches(
                    any(
                        "^[^;]{0,40}(?:['\"`)\\d\\\\][ )]*;[ ;]*|^;[ ]?)" + STATEMENT,
                        "^[^'\";]{0,40}['\"][ )]*; ?(?:table \\w+|show (?:tables|databases|columns|grants|processlist|"
                            + "variables)\\b|handler \\w+ open)",
                        "^handler \\w+ open\\b",
                        "['\"][ )]*(?:declare @\\w|exec(?:ute)? ?[(@]|waitfor )",
                        "\\bdeclare @\\w+ (?:as )?(?:n?(?:var)?char|int\\b|sysname)",
                        "\\bexec(?:ute)? ?\\( ?@\\w+ ?\\)",
                        "^['\"][ );]*select [\\w*@]{1,30} ?(?:$|from\\b|--|#)")))
            .build(),
        rule("sqli-case-when", SQLI)
            .score(LIKELY)
            .message("A CASE or IF inside an expression")
            .provenance("sqlmap, boolean-based blind by CASE")
            .when(
                SQL.matches(
                    any(
                        "(?:^|[(,=|+-]|\\b(?:or|and|by|select)\\b) ?\\(? ?case when ?\\(?[^ ].*\\bthen\\b"
                            + ".*(?:\\belse\\b|\\bend\\b)",
                        "^[ '\")]*case when [^ ]{1,40}(?: ?[=<>] ?[^ ]{1,40})? then [^ ]+$",
                        "^[ '\");]*if ?\\( ?\\d+ ?[=<>]+ ?\\d+ ?\\) ?(?:select|drop|waitfor|exec|begin|,)")))
            .build(),
        rule("sqli-procedure", SQLI)
            .score(LIKELY)
            .message("A procedure, clause or command that discloses or destroys data")
            .provenance("MySQL PROCEDURE ANALYSE, SHUTDOWN; SQL Server")
            .when(
                SQL.matches(
                    any(
                        "\\bprocedure analyse ?\\(",
                        "['\");\\d] ?;? ?shutdown(?: with nowait)? ?(?:;|--|$)",
                        "['\");] ?;? ?drop (?:table|database|user|view) (?:if exists )?[\\w.`]+ ?(?:;|--|#|"
                            + "/\\*|cascade|$)",
                        "\\bhaving ?\\d+ ?= ?\\d+",
                        "\\blimit \\d+ ?,? ?\\d* (?:into|procedure|union)\\b",
                        "['\"\\d)] ?(?:limit|offset) \\d+ ?(?:--|#)")))
            .build(),
        rule("sqli-keywords-weak", SQLI)
            .message("SQL keywords in their usual order")
            .provenance("Grammar of SQL-92")
            .paranoia(2)
            .when(
                SQL.matches(
                    any(
                        "\\bselect\\b.*\\bfrom\\b.*\\b(?:where|having)\\b.*(?:[=<>]|\\b(?:like|between|in ?\\(|is (?:not )?null))",
                        "\\bselect\\b.*\\bfrom\\b.*\\b(?:limit \\d|union (?:all )?select|"
                            + "(?:order|group) by [\\w.`]+ ?(?:$|,|;|--|\\)|asc\\b|desc\\b|limit\\b|having\\b))",
                        "\\binsert into\\b.*\\bvalues\\b",
                        "\\bupdate \\w+ set\\b.*=.*\\bwhere\\b",
                        "\\bdelete from [\\w.]+ where\\b",
                        "\\bunion (?:all )?select\\b")))
            .build());
  }
}
