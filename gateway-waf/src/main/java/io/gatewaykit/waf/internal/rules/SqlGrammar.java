// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;

/** Parts of SQL that several rules use. Comments have been replaced by spaces. */
final class SqlGrammar {
  /**
   * The end of a string or number literal: a quote, or a first word that ends with a digit; then
   * brackets.
   */
  static final String BREAKOUT = "^(?:[^'\"`;]{0,40}['\"`]|[^ '\"`;]*[\\d%)])[ )]*";

  /** The same after a quote. */
  static final String QUOTE_BREAKOUT = "^[^'\"`;]{0,40}['\"`][ )]*";

  /** The first quote of the value, then brackets. */
  static final String FIRST_QUOTE = "^[^'\"]{0,40}['\"][ )]*";

  static final String OPERATOR =
      any("or", "and", "xor", "div", "mod", "r?like", "regexp", "is", "in", "between", "having");

  static final String SYMBOL = any("\\|\\|?", "&&?", "<=>", "[<>!]=", "<>", "[=<>*/%^+-]");

  /** U+2018 to U+201D, which some databases treat as quotes. */
  static final String CURLY_QUOTE = "\\xe2\\x80[\\x98-\\x9d]";

  /** An operator between a closing and an opening quote. A word between quotes does not match. */
  static final String BETWEEN =
      any("[ )]*" + SYMBOL + "[-+!~( ]*", "[ )]+" + OPERATOR + "[( ]*", OPERATOR + "[( ]+");

  /** A comparison other than an inequality. */
  static final String EQUALITY =
      any("<=>", "!?=", "<>", "(?:not )?(?:r?like|regexp|between|in ?\\()", "is(?: not)?");

  static final String INEQUALITY = "[<>]=?";

  static final String COMPARISON = any(EQUALITY, INEQUALITY);

  /**
   * A comparison after a number that follows {@code ||}. In ranges of versions, as in {@code 10 ||
   * 12 <14}, a number is followed by a space and an inequality.
   */
  static final String COMPARISON_OF_NUMBER =
      any("[) ]*" + EQUALITY, "[ ]?\\)[) ]*" + INEQUALITY, INEQUALITY);

  static final String LITERAL =
      any(
          "\\d+(?:\\.\\d+)?",
          "0x[0-9a-f]+",
          "n?'[^']{0,40}'",
          "\"[^\"]{0,40}\"",
          "true",
          "false",
          "null");

  /** Functions that disclose data or build strings without quotes. */
  static final String FUNCTION =
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
          "sha[12]?",
          "crc32",
          "aes_(?:en|de)crypt",
          "(?:un)?compress",
          "database",
          "(?:to|from)_base64",
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

  static final String SERVER_FACT =
      any(
          "(?:version|user|database|current_(?:user|database|schema)|session_user|system_user|schema|"
              + "user_name|db_name|suser_s?name|host_name|app_name|connection_id|pg_client_encoding)"
              + " ?\\( ?\\)",
          "@@\\w+",
          "current_user\\b",
          "sqlite_version ?\\( ?\\)");

  static final String SYSTEM_TABLE =
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

  /** A select list, as opposed to the next word of a sentence. */
  static final String SELECT_LIST =
      any(
          "\\*",
          "(?:all|distinct|top \\d+) ?[\\w*(]",
          "[-~!@(]",
          "['\"]",
          "\\d",
          "null\\b",
          "[\\w.]+ ?[(,|]",
          "[\\w.]+ (?:from|as) [\\w(]",
          "(?:true|false|version|current_user)\\b",
          "\\.?\\x60");

  static final String STATEMENT =
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
          "copy ?\\( ?select\\b",
          "(?:if|begin|while) ?\\(? ?(?:exists|select|\\d|@)",
          "load data ",
          "use \\w+ ?;",
          "prepare \\w+ from ",
          "handler \\w+ open",
          "rename table ",
          "vacuum\\b",
          "attach database");

  private SqlGrammar() {}
}
