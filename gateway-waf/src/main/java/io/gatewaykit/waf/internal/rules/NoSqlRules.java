package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.NOSQL;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Operators and scripts of document databases. */
final class NoSqlRules {
  private static final String OPERATOR =
      any(
          "ne",
          "eq",
          "gte?",
          "lte?",
          "in",
          "nin",
          "regex",
          "where",
          "exists",
          "type",
          "not",
          "or",
          "and",
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

  private NoSqlRules() {}

  static List<Rule> rules() {
    return List.of(
        on("nosql-operator-name", NOSQL, Target.ARG_NAME)
            .message("A parameter's name that is a query operator")
            .provenance("MongoDB manual, query operators; CWE-943")
            .matches(
                any(
                    "\\[ ?\\$" + OPERATOR + " ?\\]",
                    "(?:^|\\.)\\$" + OPERATOR + "(?:$|\\[)",
                    "\\[\\$\\w+\\]",
                    "^&(?:exists|ne|gt|lt|regex)$"))
            .build(),
        everywhere("nosql-operator-text", NOSQL)
            .message("A query operator in a text that may be parsed as JSON")
            .provenance("MongoDB manual, query operators; CWE-943")
            .matches(
                any(
                    "^[^ ]*\\{ ?[\"']?[$&]" + OPERATOR + "[\"']? ?:",
                    "[\"']\\$" + OPERATOR + "[\"'] ?:",
                    "[\"'}\\])] ?, ?\\$?[\"']?\\$" + OPERATOR + "[\"']? ?:",
                    "\\[\\$" + OPERATOR + "\\]",
                    "^[\\w\"']{0,10} ?,? ?\\$(?:where|or|and|ne|gt|comment|regex)[\"']? ?:",
                    "^[\"']? ?\\} ?, ?\\{ ?[\"']?\\w+[\"']? ?:",
                    "^\\$" + OPERATOR + "$"))
            .build(),
        everywhere("nosql-script", NOSQL)
            .message("JavaScript that a database would run")
            .provenance(
                "MongoDB manual, $where and mapReduce; wordlists of NoSQL injection, by shape")
            .matches(
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
                    "\\\\u00(?:27|22)\\}?"))
            .build(),
        everywhere("nosql-command", NOSQL)
            .message("A command of Redis, Memcached or CouchDB behind a line break")
            .provenance("Redis and Memcached protocols; CWE-93")
            .matches(
                any(
                    "(?:^|\\*\\d )(?:flushall|flushdb|slaveof|replicaof|config set|eval ['\"]return|"
                        + "script load|module load)\\b.*",
                    "\\b_all_dbs\\b",
                    "\\b_users/org\\.couchdb"))
            .build(),
        everywhere("nosql-operator-weak", NOSQL)
            .message("A query operator")
            .provenance("MongoDB manual, query operators")
            .severity(WARNING)
            .paranoia(2)
            .matches("\\$" + OPERATOR + "\\b")
            .build());
  }
}
