package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.NOSQL;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Operators and scripts of document databases. */
final class NoSqlRules {
  private NoSqlRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("nosql-operator", NOSQL)
            .matches(
                "\\[\\$(?:ne|eq|gte?|lte?|in|nin|regex|where|exists|type|not|or|and|elemmatch|size|mod|all)\\]|^\\$(?:ne|eq|gte?|lte?|in|nin|regex|where|exists|type|not|or|and|nor|elemmatch|expr|func|comment|jsonschema|text|size|mod|all|options|lookup|function|accumulator)$|[\"']?\\$(?:ne|gte?|lte?|nin?|regex|where|exists|or|and|nor|expr|func)[\"']? ?[:\\]]|(?:[\"';|&({] ?|^)(?:return|var|while|if|function)?[ (]*this\\.\\w+ ?[=!.]|^.{0,40}[\"'};] ?;? ?return[ (].{0,60}[;}\"'=]|(?:^|[;'\"] ?)db\\.\\w+\\.(?:find|insert|drop|remove|aggregate)|\\bdb\\.get\\w+|while ?\\( ?(?:true|1)|[;|&'\"] ?sleep ?\\( ?\\d|new date ?\\(|[\"'] ?(?:\\|\\||&&) ?(?:[\"']|\\d|this|true|obj)")
            .build());
  }
}
