// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.NOSQL;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.METHOD;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Query operators and scripts of document databases. */
final class NoSqlRules {
  /** Operators that filters in addresses also have, as in {@code filters[price][$gt]=3}. */
  private static final String COMPARING =
      any("ne", "eq", "gte?", "lte?", "in", "nin", "not", "or", "and");

  private static final String SEARCH =
      any(
          "regex",
          "where",
          "exists",
          "type",
          "nor",
          "elemmatch",
          "size",
          "mod",
          "all",
          "expr",
          "func",
          "function",
          "comment",
          "jsonschema",
          "text",
          "options",
          "lookup",
          "accumulator",
          "near\\w*",
          "geo\\w+",
          "slice",
          "rand",
          "sleep",
          "merge",
          "out",
          "match",
          "project");

  private static final String OPERATOR = any(COMPARING, SEARCH);

  /** The end of the name of a field with a secret. */
  private static final String SECRET = "(?:pass(?:w\\w*)?|pwd|pw|otp|mdp|secret|token|api_?key)";

  /** The name of a field that identifies a user. */
  private static final String IDENTITY =
      "(?:(?:\\w+[._-])?user(?:_?(?:name|id))?|uname|usr|login|log|e?-?mail|account|admin|session(?:_?id)?)";

  private NoSqlRules() {}

  /**
   * Returns a pattern of an operator in brackets after the name of a field that a log-in compares.
   *
   * @param start the pattern of the text before the name
   */
  private static String logIn(String start) {
    return any(
        SECRET + "\\]? ?\\[ ?\\$\\w+ ?\\]", start + IDENTITY + " ?\\[ ?\\$" + OPERATOR + " ?\\]");
  }

  static List<Rule> rules() {
    return List.of(
        rule("nosql-operator-name", NOSQL)
            .message("A parameter name that is a query operator")
            .provenance("MongoDB manual, query operators; CWE-943")
            .when(
                valuesOf(ARG_NAME)
                    .matches(
                        any(
                            logIn("^"),
                            "^\\[ ?\\$",
                            "\\[ ?\\$" + SEARCH + " ?\\]",
                            "(?:^|\\.)\\$(?:" + OPERATOR + "$|" + SEARCH + "\\[)",
                            "^&(?:exists|ne|gt|lt|regex)$")))
            .build(),
        rule("nosql-operator-sent", NOSQL)
            .message("A name with a query operator in a request that is not a search")
            .provenance("MongoDB manual, query operators; CWE-943")
            .when(valuesOf(ARG_NAME).matches("^[^\\[]{0,64}\\[ ?\\$\\w+ ?\\]$"))
            .when(Condition.on(METHOD).notMatches("^(?:get|head|options|query|search|report)$"))
            .build(),
        rule("nosql-operator-text", NOSQL)
            .score(LIKELY)
            .message("A query operator in text that may be parsed as JSON")
            .provenance("MongoDB manual, query operators; CWE-943")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^ ]*\\{ ?[\"']?[$&]" + OPERATOR + "[\"']? ?:",
                        "^(?:[^ ]*|[^ ]{0,20}[\\[{].*)[\"']\\$" + OPERATOR + "[\"'] ?:",
                        "[\"'}\\])] ?, ?\\$?[\"']?\\$" + OPERATOR + "[\"']? ?:",
                        logIn("(?:^|[^\\w\\]])"),
                        "\\[\\$" + SEARCH + "\\]",
                        "^\\[\\$" + OPERATOR + "\\]",
                        "^[\\w\"']{0,10} ?,? ?\\$(?:where|or|and|ne|gt|comment|regex)[\"']? ?:",
                        "^[\"']? ?\\} ?, ?\\{ ?[\"']?\\w+[\"']? ?:",
                        "^\\$" + OPERATOR + "$")))
            .build(),
        rule("nosql-script", NOSQL)
            .message("JavaScript that a database would execute")
            .provenance(
                "MongoDB manual, $where and mapReduce; wordlists of NoSQL injection, by shape")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^a-z]{0,10}(?:return|var|while|if|function)?[ (]*this\\.\\w+ ?(?:[=!.<>]|\\[)",
                        "[\"'] ?(?:\\|\\||&&|;) ?(?:return |!?this\\.\\w+ ?[=!.<>])",
                        "^[^ ]*[\"'};\\d] ?;? ?return[ (]+(?:true|false|this|\\d|!|new|[a-z]\\w* ?[=(]|"
                            + "\\w+;|\\{|'|\")",
                        "(?:^[^a-z]{0,4}(?:return )?|[;'\"] ?)db\\.\\w+\\.(?:find|insert|drop|remove|"
                            + "aggregate|update|count|mapreduce)\\w* ?\\(.{0,4}(?:[;\"'}]|$)",
                        "\\bdb\\.(?:get|inject|version|dropdatabase|eval|run|admin|stats|current)\\w*",
                        "[\"';] ?while ?\\( ?(?:true|1|!)",
                        "^[^a-z]{0,6}while ?\\( ?(?:true|1)",
                        "[;|&'\"}] ?sleep ?\\( ?\\d{3,}",
                        "\\bdate ?\\( ?\\) ?[;.-].*\\bwhile",
                        "[\"'] ?(?:\\|\\||&&) ?(?:[\"']|\\d|this|true|obj|!)",
                        "^[ |&]{2,4}\\d ?==? ?\\d",
                        "^[^ a-z]{0,20}[\"';})] ?(?:var |it=new|do ?\\{|for ?\\()",
                        "\\btojsononeline",
                        "\\bmapreduce\\b.*function",
                        "\\bobject\\.keys ?\\( ?this",
                        "^[\"'];? ?//(?:[^/]|$)",
                        "\\} ?\\] ?, ?\\$",
                        "\\\\u00(?:27|22)\\}?")))
            .build(),
        rule("nosql-command", NOSQL)
            .score(LIKELY)
            .message("A Redis, Memcached or CouchDB command after a line break")
            .provenance("Redis and Memcached protocols; CWE-93")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|\\*\\d )(?:flushall|flushdb|slaveof|replicaof|config set|eval ['\"]return|"
                            + "script load|module load)\\b.*",
                        "//[^ /]+/_all_dbs\\b",
                        "\\b_users/org\\.couchdb",
                        "\\bdetach delete \\w")))
            .build(),
        rule("nosql-introspection-weak", NOSQL)
            .message("A GraphQL schema introspection query")
            .provenance("GraphQL specification, introspection; OWASP GraphQL cheat sheet")
            .paranoia(2)
            .when(EVERYWHERE.matches(any("\\b__schema ?\\{", "\\b__type ?\\(")))
            .build(),
        rule("nosql-aliases-weak", NOSQL)
            .message("A GraphQL field repeated many times or nested many levels deep")
            .provenance("OWASP GraphQL cheat sheet, batching and depth")
            .paranoia(3)
            .when(
                valuesOf(ARG)
                    .matches(
                        any(
                            "(?:\\w+ ?: ?\\w+ ?(?:\\([^)]*\\) ?)?\\{[^{}]*\\}[ ,]*){5}",
                            "(?:\\w+ ?\\{ ?){16}")))
            .build(),
        rule("nosql-operator-weak", NOSQL)
            .message("A query operator")
            .provenance("MongoDB manual, query operators")
            .paranoia(2)
            .when(EVERYWHERE.matches("\\$" + OPERATOR + "\\b"))
            .build());
  }
}
