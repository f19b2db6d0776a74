package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.sql;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * SQL injection. Three shapes, none of which is a mere word: a value that leaves the literal it was
 * put in and goes on in SQL; a value that is a statement or an expression as a whole; and functions
 * and tables that only an attacker asks for. Comments have become spaces before.
 */
final class SqlRules {
  /** What leaves a string or number: a quote, or a first word that ends with a digit; brackets. */
  private static final String BREAKOUT = "^(?:[^'\"`;]{0,40}['\"`]|[^ '\"`;]*[\\d%)])[ )]*";

  /** One quote, the first of the value, and brackets. */
  private static final String FIRST_QUOTE = "^[^'\"]{0,40}['\"][ )]*";

  private static final String OPERATOR =
      any("or", "and", "xor", "div", "mod", "r?like", "regexp", "is", "in", "between", "having");

  private static final String SYMBOL = any("\\|\\|?", "&&?", "<=>", "[<>!]=", "<>", "[=<>*/%^+-]");

  /** An operator between a quote that closes and one that opens; a word between quotes is not. */
  private static final String BETWEEN =
      any("[ )]*" + SYMBOL + "[( ]*", "[ )]+" + OPERATOR + "[( ]*", OPERATOR + "[( ]+");

  private static final String COMPARISON =
      any(
          "<=>",
          "[<>!]?=",
          "<>",
          "[<>]",
          "(?:not )?(?:r?like|regexp|between|in ?\\()",
          "is(?: not)?");

  private static final String LITERAL =
      any(
          "\\d+(?:\\.\\d+)?",
          "0x[0-9a-f]+",
          "'[^']{0,40}'",
          "\"[^\"]{0,40}\"",
          "true",
          "false",
          "null");

  /** Functions that give away data or build strings without quotes. */
  private static final String FUNCTION =
      any(
          "ascii",
          "ord",
          "char",
          "chr",
          "hex",
          "unhex",
          "substr(?:ing)?",
          "mid",
          "left",
          "right",
          "length",
          "len",
          "lower",
          "upper",
          "conv",
          "cast",
          "convert",
          "concat(?:_ws)?",
          "count",
          "elt",
          "bin",
          "if",
          "iif",
          "ifnull",
          "nullif",
          "isnull",
          "coalesce",
          "rand",
          "floor",
          "md5",
          "sha1",
          "sin",
          "cos",
          "pi",
          "rtrim",
          "ltrim",
          "trim",
          "replace",
          "insert",
          "instr",
          "locate",
          "position",
          "unicode",
          "exp",
          "group_concat",
          "div",
          "make_set",
          "quote");

  private static final String SERVER_FACT =
      any(
          "(?:version|user|database|current_user|session_user|system_user|schema|pg_client_encoding)"
              + " ?\\( ?\\)",
          "@@\\w+",
          "current_user\\b",
          "sqlite_version ?\\( ?\\)");

  private static final String SYSTEM_TABLE =
      any(
          "information_schema\\b",
          "mysql ?\\. ?(?:user|db|innodb)",
          "sys(?:objects|columns|users|databases|logins)\\b",
          "(?:master|msdb|tempdb) ?\\. ?(?:dbo|sys)?\\b ?\\.",
          "sys ?\\. ?\\w+",
          "pg_(?:catalog|shadow|user|tables|database|class|roles|stat\\w+|authid)\\b",
          "(?:all|user|dba)_(?:tables|tab_columns|users|objects|java_policy|tab_privs|role_privs|sys_privs|db_links)\\b",
          "sqlite_(?:master|schema|temp_master)\\b",
          "v\\$(?:version|instance|database|session)\\b",
          "msys(?:objects|aces|queries)\\b",
          "sysibm\\b",
          "rdb\\$\\w+",
          "dual\\b",
          "domain\\.\\w+");

  /** A select list, rather than the next word of a sentence. */
  private static final String SELECT_LIST =
      any(
          "\\*",
          "(?:all|distinct|top \\d+) ?[\\w*(]",
          "[-~!@(]",
          "['\"]",
          "\\d",
          "null\\b",
          "[\\w.]+ ?[(,|]",
          "[\\w.]+ (?:from|as) \\w",
          "(?:true|false|version|current_user)\\b");

  private static final String STATEMENT =
      any(
          "select ?" + SELECT_LIST,
          "insert into ",
          "update [\\w.]+ set ",
          "delete from ",
          "truncate table ",
          "drop (?:table|database|user|view|function|procedure|schema|index)\\b",
          "create (?:or replace )?(?:table|user|function|procedure|view|trigger|database|login)\\b",
          "alter (?:table|user|database|login|session|system)\\b",
          "declare @?\\w",
          "exec(?:ute)?[ (]+(?:master|xp_|sp_|immediate|@|['\"(])",
          "waitfor ?(?:delay|time)",
          "shutdown\\b",
          "grant [\\w, ]+ (?:on|to) ",
          "(?:desc|describe) \\w+ ?(?:;|--|$)",
          "call \\w+ ?\\(",
          "set @?\\w+ ?=",
          "copy \\w+ ?(?:\\([^)]*\\) ?)?(?:from|to) ",
          "(?:if|begin|while) ?\\(? ?(?:exists|select|\\d|@)",
          "load data ",
          "use \\w+ ?;",
          "prepare \\w+ from ",
          "handler \\w+ open",
          "rename table ",
          "vacuum\\b",
          "attach database");

  private SqlRules() {}

  static List<Rule> rules() {
    return List.of(
        sql("sqli-union-select")
            .message("UNION with a select list")
            .provenance("MySQL, PostgreSQL and SQL Server manuals, UNION")
            .matches(
                "\\bunion[ (+@\\x60]*(?:(?:all|distinct(?:row)?)\\b)?[ (+]*(?:(?:#|"
                    + "--)[^ ]{0,40}[ ]+)*select\\b"
                    + "[ (+]*"
                    + SELECT_LIST)
            .build(),
        sql("sqli-union-breakout")
            .message("UNION after the end of a literal")
            .provenance("sqlmap, UNION query technique")
            .matches(
                "^[^'\"]{0,40}['\"\\d)\\\\][ );]*\\w?union\\b[^a-z]{0,40}(?:#\\w{0,20}[^a-z]{1,40})"
                    + "?(?:all |distinct )?(?:select\\b|values\\b|union\\b|\\()")
            .build(),
        sql("sqli-split-keyword")
            .message("SQL keywords split by quotes")
            .provenance("Published bypasses of keyword filters by string concatenation")
            .matches("\\b(?:sel[\"'\\\\,+|]{2,9}ect|uni?[\"'\\\\,+|]{2,9}i?on)\\b")
            .build(),
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
                    "^['\"] ?= ?['\"] ?['\"]?(?:or|and)\\b"))
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
        sql("sqli-comment-end")
            .message("A literal closed and the rest of the statement commented out")
            .provenance("OWASP, SQL injection: comments")
            .matches("^[^'\"]{0,40}['\"](?:[ );]*(?:--|/\\*)|[);]*#)[ +-]*(?:[a-z]{0,4}|\\d{1,4})$")
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
        sql("sqli-order-by")
            .message("ORDER BY or GROUP BY a column's number")
            .provenance("sqlmap, column count by ORDER BY")
            .matches(
                "(?:^[ )]*|['\"\\d)][ )]*|^[\\w.]{1,20}[^\\w]{0,4})(?:order|"
                    + "group)[^\\w]{0,3}by[^\\w]{1,3}(?:\\d+(?: ?, ?\\d+)*[ ;]*(?:--|#|/\\*|$)|\\(|if\\b|"
                    + "case\\b|rand)")
            .build(),
        sql("sqli-time-delay")
            .message("A delay inside a query")
            .provenance("sqlmap, time-based blind")
            .matches(
                any(
                    "(?:^|['\"),=+*|&(-]|\\b(?:or|and|select|then|else|if|xor|when|by|union|"
                        + "null)\\b) ?\\(*(?:select )?(?:pg_)?sleep ?\\( ?[\\d_'\"(@]",
                    "\\bwaitfor ?(?:delay|time) ?['\"(0]",
                    "\\bpg_sleep ?\\("))
            .build(),
        sql("sqli-heavy-query")
            .message("A function that takes time or contacts another host")
            .provenance("sqlmap, heavy queries; Oracle packages")
            .matches(
                any(
                    "\\bbenchmark ?\\( ?[^,)]+, ?[\\w(]+ ?\\(",
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
                    "\\bopendatasource ?\\("))
            .build(),
        sql("sqli-error-based")
            .message("A function whose error message shows data")
            .provenance("sqlmap, error-based")
            .matches(
                any(
                    "\\b(?:extractvalue|updatexml|xmltype) ?\\( ?[^)]*(?:concat|0x|char|chr|select|"
                        + "null|rand|,)",
                    "\\bexp ?\\( ?~",
                    "\\bfloor ?\\( ?rand ?\\(",
                    "\\b(?:gtid_subset|gtid_subtract|json_keys|multipoint|geometrycollection|polygon|"
                        + "linestring|procedure analyse|name_const|st_latfromgeohash) ?\\( ?\\(?(?:select|"
                        + "concat|convert|\\d|['\"@]|extractvalue)",
                    "\\bconvert ?\\( ?int ?,",
                    "\\bcast ?\\( ?\\(? ?(?:select|chr|char|version)"))
            .build(),
        sql("sqli-file-access")
            .message("A query that reads or writes files or runs commands")
            .provenance(
                "MySQL INTO OUTFILE, PostgreSQL COPY, SQL Server xp_cmdshell, SQLite writefile")
            .matches(
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
                    "\\bto /tmp/"))
            .build(),
        sql("sqli-system-table")
            .message("A query of the server's own tables")
            .provenance("Catalogues of MySQL, PostgreSQL, SQL Server, Oracle, SQLite, Access, Db2")
            .matches(
                any(
                    "\\bselect\\b.*\\bfrom[ (]+" + SYSTEM_TABLE,
                    "\\b(?:from|join|exists|into)[ (]+information_schema ?\\."))
            .build(),
        sql("sqli-server-fact")
            .message("A query of the server's version, user or variables")
            .provenance("sqlmap, fingerprinting and enumeration")
            .matches(
                any(
                    "\\bselect ?[(+ ]*" + SERVER_FACT,
                    FUNCTION + " ?\\( ?\\(? ?" + SERVER_FACT,
                    "@@(?:version|hostname|datadir|basedir|global|servername|innodb\\w*|"
                        + "secure_file\\w*|tmpdir)\\b",
                    "(?:['\"=|,+(]|\\b(?:or|and)\\b) ?"
                        + SERVER_FACT
                        + " ?(?:[<>!=|),'\"-]|like|is |in |--)"))
            .build(),
        sql("sqli-subquery")
            .message("A query inside an expression")
            .provenance("PortSwigger SQL injection cheat sheet")
            .matches(
                any(
                    "(?:[,=+*/<>|&-]|\\b(?:or|and|not|when|exists|case|if|div|regexp|like|order by|"
                        + "select|union)\\b) ?\\(+ ?select\\b[ (+]*(?:[\\w*@.]+ ?[(,]|[\\w*@.]+ from|"
                        + "[\\d'\"(*@~]|case\\b|distinct\\b|count\\b|if\\b|top\\b|null\\b)",
                    "^[ (]*\\( ?select ?" + SELECT_LIST,
                    "\\b\\w+ ?\\( ?\\( ?select ?" + SELECT_LIST))
            .build(),
        sql("sqli-statement")
            .message("A value that is a statement")
            .provenance("fuzzdb, SQL injection statements, by shape")
            .matches(
                "^[^a-z]{0,12}\\d{0,6}[ '\")]*"
                    + any(
                        "select ?(?:\\*|"
                            + LITERAL
                            + "|-|@|[\\w@]+ ?\\(|\\w+ ?[,+|]|distinct |top \\d).*\\bfrom\\b",
                        "select ?(?:(?:"
                            + FUNCTION
                            + "|lo_\\w+|pg_\\w+) ?\\(|@@|\\d+ ?(?:,|--|$)|case when )",
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
                        "waitfor delay",
                        "shutdown(?: with nowait)? ?(?:;|--|$)",
                        "union (?:all )?select\\b"))
            .build(),
        sql("sqli-stacked")
            .message("A second statement after the end of a literal")
            .provenance("OWASP, SQL injection: stacked queries")
            .matches(
                any(
                    "^[^;]{0,40}(?:['\"`)\\d\\\\][ )]*;[ ;]*|^;[ ]?)" + STATEMENT,
                    "['\"][ )]*(?:declare @\\w|exec(?:ute)? ?[(@]|waitfor )"))
            .build(),
        sql("sqli-case-when")
            .message("A choice inside an expression")
            .provenance("sqlmap, boolean-based blind by CASE")
            .matches(
                "(?:^|[(,=|+-]|\\b(?:or|and|by|"
                    + "select)\\b) ?\\(? ?case when ?\\(?[^ ].*\\bthen\\b.*(?:\\belse\\b|\\bend\\b)")
            .build(),
        sql("sqli-string-building")
            .message("A string built of character codes")
            .provenance("sqlmap, no-quote encodings")
            .matches(
                any(
                    "\\b(?:n?char|chr) ?\\( ?(?:\\d{1,3}|0x[0-9a-f]+) ?\\) ?(?:\\+|\\|\\||,|&|"
                        + "%2b) ?(?:n?char|chr) ?\\(",
                    "\\bn?char ?\\( ?\\d{1,3}(?: ?, ?\\d{1,3}){2}",
                    "\\bconcat(?:_ws)? ?\\([^)]*(?:0x[0-9a-f]{2}|char ?\\(|@@|\\(select|user ?\\(|"
                        + "version ?\\()",
                    "(?:=|like) ?0x[0-9a-f]{4,}"))
            .build(),
        sql("sqli-function-value")
            .message("A value that is a call of an SQL function")
            .provenance("fuzzdb, function names of database servers")
            .matches(
                any(
                    "^[^a-z'\"]{0,4}"
                        + FUNCTION
                        + " ?\\((?: ?\\(?(?:"
                        + FUNCTION
                        + " ?\\(|"
                        + SERVER_FACT
                        + "|select\\b|-?\\d+ ?, ?-?\\d+\\)$)|$)",
                    "^select ?\\(?(?:user|version|database) ?\\("))
            .build(),
        sql("sqli-nested-function")
            .message("SQL functions applied to each other after an operator")
            .provenance("sqlmap, inference by ASCII(SUBSTRING())")
            .matches(
                "(?:^|['\"),=|+*&<>-]|\\b(?:or|and|not|select|when)\\b) ?\\(*(?:"
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
                    + " ?\\(?")
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
                    "(?:or|and) ?['\"][\\[{].*['\"] ?(?:::|\\?[|&]?|[@<]>|<@|[-#]>>?|@@)",
                    "\\bjson_(?:extract|depth|length|contains|valid|array_length|value|"
                        + "query) ?\\( ?['\"][{\\[]"))
            .build(),
        sql("sqli-procedure")
            .message("Procedures that show or end things")
            .provenance("MySQL PROCEDURE ANALYSE, SHUTDOWN; SQL Server")
            .matches(
                any(
                    "\\bprocedure analyse ?\\(",
                    "['\");\\d] ?;? ?shutdown(?: with nowait)? ?(?:;|--|$)",
                    "['\");] ?;? ?drop (?:table|database|user|view) (?:if exists )?[\\w.`]+ ?(?:;|--|#|"
                        + "/\\*|cascade|$)",
                    "\\bhaving ?\\d+ ?= ?\\d+",
                    "\\blimit \\d+ ?,? ?\\d* (?:into|procedure|union)\\b",
                    "['\"\\d)] ?(?:limit|offset) \\d+ ?(?:--|#)"))
            .build(),
        sql("sqli-function-weak")
            .message("A function of database servers")
            .provenance("MySQL, PostgreSQL, SQL Server and Oracle manuals")
            .severity(WARNING)
            .matches(
                "(?:['\"=<>|,+*)-]|\\b(?:or|and|not|by|select)\\b) ?\\(*"
                    + FUNCTION
                    + " ?\\( ?['\"\\w(@]")
            .paranoia(2)
            .build(),
        sql("sqli-quote-weak")
            .message("An open literal at the end of a value")
            .provenance("Probing for SQL injection by a single quote")
            .severity(WARNING)
            .paranoia(3)
            .matches("^[^'\"]{0,40}['\"][)\\\\]*$")
            .build(),
        sql("sqli-keywords-weak")
            .message("SQL keywords in their order")
            .provenance("Grammar of SQL-92")
            .paranoia(2)
            .matches(
                any(
                    "\\bselect\\b.*\\bfrom\\b.*\\b(?:where|limit|order by|group by|union|having)\\b",
                    "\\binsert into\\b.*\\bvalues\\b",
                    "\\bupdate \\w+ set\\b.*=.*\\bwhere\\b",
                    "\\bdelete from [\\w.]+ where\\b",
                    "\\bunion (?:all )?select\\b"))
            .build());
  }
}
