package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.sql;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** SQL injection. */
final class SqlRules {
  private SqlRules() {}

  static List<Rule> rules() {
    return List.of(
        sql("sqli-union")
            .matches(
                "\\bunion[ (+]+(?:all|distinct|distinctrow)?[ (+]*select\\b|\\bunion[ (]+(?:all )?values")
            .build(),
        sql("sqli-tautology")
            .matches(
                "(?:^|[\"'`)\\d;%*-]) ?\\b?(?:or|and|\\|\\||&&|xor|having|where|rlike)\\b? ?(?:not )?[( !~]*[\"'`]?\\w+[\"'`]?[) ]*(?:=|<|>|\\blike\\b|\\bbetween\\b|\\brlike\\b|\\bin\\b|\\bis\\b)[=>]? ?[( ]*(?:[\"'`]|\\d|\\w+ ?\\(|true|null|select)")
            .build(),
        sql("sqli-quote-comment")
            .matches(
                "^.{0,60}[\"'`)][ );]*(?:--|#) ?[\\w-]*$|^-?\\d+[ );]*(?:--|#) ?$|[\"'`)\\d] ?(?:or|and)\\b.{1,80}(?:--|#)")
            .build(),
        sql("sqli-function")
            .matches(
                "\\b(?:sleep|benchmark|pg_sleep|waitfor|extractvalue|updatexml|load_file|xp_cmdshell|group_concat|dbms_pipe\\.receive_message|utl_inaddr\\.\\w+|utl_http\\.request|ctxsys\\.\\w+|randomblob|make_set|elt|json_keys|gtid_subset|procedure analyse|generate_series|char|chr|ascii|substring|substr|mid|concat|version|database|user|current_user|floor|rand|exp|iif|cast|convert) ?\\( ?(?:[\\d'\"(@)]|0x|select|chr|char|concat|database|user|version|null)[^ ]?.*(?:--|[=<>]|\\)|')")
            .score(3)
            .build(),
        sql("sqli-subquery")
            .matches(
                "[(,=] ?select\\b.{1,200}\\b(?:from|sleep|case|concat|char|count)\\b|\\bselect\\b.{1,100}\\bfrom\\b.{1,40}(?:information_schema|mysql\\.|sysobjects|pg_\\w+|dual|all_tables|sqlite_master|sysibm|rdb\\$|msys|domain\\.)|[\"');\\d] ?;? ?select [\\w(@*]|\\( ?select \\w+ ?\\(|\\bselect (?:@@|sleep|pg_sleep|benchmark|user|version|load_file|if ?\\()")
            .build(),
        sql("sqli-stacked")
            .matches(
                "; ?(?:select|insert|update|delete|drop|create|alter|exec|execute|declare|waitfor|shutdown|truncate|call|begin|if|grant|set) ?[\\w@(*]+|\\binto (?:out|dump)file\\b|\\bwaitfor delay\\b|; ?(?:drop|shutdown)")
            .score(3)
            .build(),
        sql("sqli-ddl")
            .matches(
                "[\"');] ?;? ?drop (?:table|database|user)|\\bwaitfor ?(?:delay|time) ?['\"(]|\\b(?:xp|sp)_(?:cmdshell|execute|reg|dirtree|oacreate|makewebtask|password)|(?:^-?\\d+|[\"')]) ?(?:order|group) by \\d+|\\binformation_schema\\b|\\binto (?:out|dump)file ?['\"]|@@(?:version|hostname|datadir|basedir|global|servername|innodb)|\\bprocedure analyse ?\\(|\\b(?:sleep|pg_sleep) ?\\( ?\\d+ ?\\)|\\bbenchmark ?\\( ?\\d|[\"');] ?(?:insert into|delete from)|\\b(?:extractvalue|updatexml) ?\\(|\\bload_file ?\\(")
            .build());
  }
}
