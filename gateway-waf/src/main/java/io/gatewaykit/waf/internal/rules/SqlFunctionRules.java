// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SQL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.FUNCTION;
import static io.gatewaykit.waf.internal.rules.SqlGrammar.SERVER_FACT;
import static io.gatewaykit.waf.rule.RuleFamily.SQLI;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * SQL injection by functions used only in attacks: to delay, to raise an error that contains data,
 * to read files, or to build strings without quotes.
 */
final class SqlFunctionRules {
  private SqlFunctionRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("sqli-time-delay", SQLI)
            .score(SPECIFIC)
            .message("A delay inside a query")
            .provenance("sqlmap, time-based blind")
            .when(
                SQL.matches(
                    any(
                        "^ ?\\(*(?:pg_)?sleep ?\\([^)]*\\)[^a-z]*$",
                        "(?:['\"),=+*/|&(-]|\\b(?:or|and|select|then|else|if|xor|when|by|union|"
                            + "null|rlike|regexp|div|mod|having|not)\\b) ?\\(*(?:select )?(?:pg_)?sleep ?\\( ?[\\d_'\"(@]",
                        "\\bwaitfor ?(?:delay|time) ?['\"(0]",
                        "\\bpg_sleep ?\\(")))
            .build(),
        rule("sqli-heavy-query", SQLI)
            .score(SPECIFIC)
            .message("A function that is slow or contacts another host")
            .provenance("sqlmap, heavy queries; Oracle packages")
            .when(
                SQL.matches(
                    any(
                        "\\bbenchmark ?\\( ?(?:[^,)]+, ?[\\w(]+ ?\\(|\\d{4,} ?,)",
                        "\\bdbms_(?:pipe|lock|xmlgen|xslprocessor|java|scheduler|ldap|utility|"
                            + "metadata)\\b ?\\.",
                        "\\butl_(?:inaddr|http|smtp|tcp|file) ?\\.",
                        "\\brandomblob ?\\( ?\\d{6}",
                        "\\bgenerate_series ?\\( ?1 ?, ?\\d{6}",
                        "\\bctxsys ?\\.",
                        "\\bhttpuritype ?\\(",
                        "\\brdsaddin",
                        "\\bdblink ?\\(",
                        "\\bopenrowset ?\\(",
                        "\\bopendatasource ?\\(")))
            .build(),
        rule("sqli-error-based", SQLI)
            .score(SPECIFIC)
            .message("A function whose error message discloses data")
            .provenance("sqlmap, error-based")
            .when(
                SQL.matches(
                    any(
                        "\\b(?:extractvalue|updatexml|xmltype) ?\\( ?[^)]*(?:concat|0x|char|chr|select|"
                            + "null|rand|,)",
                        "\\bexp ?\\( ?~",
                        "\\bfloor ?\\( ?rand ?\\(",
                        "\\b(?:gtid_subset|gtid_subtract|json_keys|multipoint|geometrycollection|polygon|"
                            + "linestring|procedure analyse|name_const|st_latfromgeohash) ?\\( ?\\(?(?:select|"
                            + "concat|convert|['\"@]|extractvalue)",
                        "\\bconvert ?\\( ?int ?,",
                        "\\bcast ?\\( ?\\(? ?(?:select|chr|char|version)")))
            .build(),
        rule("sqli-file-access", SQLI)
            .score(SPECIFIC)
            .message("A query that reads or writes files or runs commands")
            .provenance(
                "MySQL INTO OUTFILE, PostgreSQL COPY, SQL Server xp_cmdshell, SQLite writefile")
            .when(
                SQL.matches(
                    any(
                        "\\binto ?(?:out|dump)file ?(?:['\"(@]|0x|char|\\xe2\\x80)",
                        "\\bload_file ?\\( ?(?:['\"(@]|0x|char|concat|hex)",
                        "\\bload data (?:local |low_priority |concurrent )?infile\\b",
                        "\\b(?:xp|sp)_(?:cmdshell|execute\\w*|reg\\w+|dirtree|oa\\w+|makewebtask|password|"
                            + "addextendedproc|fileexist|availablemedia|enumerrorlogs|subdirs|configure)\\b",
                        "\\blo_(?:import|export|get|from_bytea)\\b ?\\(",
                        "\\bpg_(?:read_file|ls_dir|read_binary_file) ?\\(",
                        "\\b(?:write|read)file ?\\( ?['\"]",
                        "\\bload_extension ?\\(",
                        "\\bcopy \\w+ ?(?:\\([^)]*\\) ?)?(?:from|to) (?:program|['\"/])",
                        "\\bto /tmp/")))
            .build(),
        rule("sqli-string-building", SQLI)
            .score(LIKELY)
            .message("A string built of character codes")
            .provenance("sqlmap, no-quote encodings")
            .when(
                SQL.matches(
                    any(
                        "\\b(?:n?char|chr) ?\\( ?(?:\\d{1,3}|0x[0-9a-f]+) ?\\) ?(?:\\+|\\|\\||,|&|"
                            + "%2b) ?(?:n?char|chr) ?\\(",
                        "\\bn?char ?\\( ?\\d{1,3}(?: ?, ?\\d{1,3}){2}",
                        "\\bconcat(?:_ws)? ?\\([^)]*(?:0x[0-9a-f]{2}|char ?\\(|@@|\\(select|user ?\\(|"
                            + "version ?\\()",
                        "\\b(?:where|and|or|having|select|union)\\b[^&]*= ?0x[0-9a-f]{4,}",
                        "\\blike ?0x[0-9a-f]{4,}")))
            .build(),
        rule("sqli-function-value", SQLI)
            .message("A value that is a call of an SQL function")
            .provenance("fuzzdb, function names of database servers")
            .when(
                SQL.matches(
                    any(
                        "^[^a-z'\"]{0,4}"
                            + FUNCTION
                            + " ?\\((?: ?\\(?(?:"
                            + FUNCTION
                            + " ?\\(|"
                            + SERVER_FACT
                            + "|select\\b|-?\\d+ ?, ?-?\\d+\\)$)|$)",
                        "^select ?\\(?(?:user|version|database) ?\\(")))
            .build(),
        rule("sqli-nested-function", SQLI)
            .score(LIKELY)
            .message("Nested SQL functions after an operator")
            .provenance("sqlmap, inference by ASCII(SUBSTRING())")
            .when(
                SQL.matches(
                    "(?:^|['\"),=|+*/&<>-]|\\b(?:or|and|not|select|when)\\b) ?\\(*(?:"
                        + any(
                            "ascii",
                            "ord",
                            "hex",
                            "unhex",
                            "unicode",
                            "conv",
                            "bin",
                            "elt",
                            "char_length",
                            "length")
                        + ") ?\\( ?\\(?"
                        + any(
                            "ascii",
                            "ord",
                            "hex",
                            "substr(?:ing)?",
                            "mid",
                            "left",
                            "right",
                            "char",
                            "lower",
                            "cast",
                            "bin",
                            "conv",
                            "database",
                            "user",
                            "version",
                            "select\\b")
                        + " ?\\(?"))
            .build(),
        rule("sqli-function-weak", SQLI)
            .message("A database server function")
            .provenance("MySQL, PostgreSQL, SQL Server and Oracle manuals")
            .paranoia(2)
            .when(
                SQL.matches(
                    "(?:['\"=<>|,+*)-]|\\b(?:or|and|not|by|select)\\b) ?\\(*"
                        + FUNCTION
                        + " ?\\( ?['\"\\w(@]"))
            .build());
  }
}
