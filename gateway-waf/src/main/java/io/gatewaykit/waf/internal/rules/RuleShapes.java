// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.COOKIE_NAME;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;

/** Common parts of built-in rules. */
final class RuleShapes {
  /** Fields whose values follow a specific grammar, which {@link FieldRules} check. */
  private static final String[] FIELDS_WITH_A_GRAMMAR = {
    "accept",
    "accept-language",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-length",
    "etag",
    "host",
    "if-none-match",
    "pragma",
    "priority",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "upgrade-insecure-requests"
  };

  /**
   * The score of a hit in code quoted in Markdown, for rules whose match is harmless by itself.
   * Other rules have no lower score, because a client can also quote an attack.
   */
  static final int MENTION = Severity.NOTICE.score();

  /**
   * The score of a hit in a value with a sentence, for rules on quotes and tags, which also occur
   * in prose. Together with any other hit, the request is blocked.
   */
  static final int BESIDE_SENTENCE = Severity.WARNING.score();

  /**
   * The score of a rule whose match refers to a target or mechanism used only in attacks, such as a
   * metadata service, JNDI or a delay in SQL.
   */
  static final int SPECIFIC = 10;

  /**
   * The score of a rule whose match is attack syntax that is rare in prose about code. All other
   * rules of level 1 score 5. They block at the default threshold, and with a second hit at a
   * higher one.
   */
  static final int LIKELY = 8;

  /** All values that clients can set; of the header fields, those with free text. */
  static final Values EVERYWHERE =
      valuesOf(ARG, ARG_NAME, COOKIE, COOKIE_NAME, HEADER, PATH, FILE_NAME);

  /** All values, for rules on SQL. Comments are replaced by spaces. */
  static final Values SQL =
      EVERYWHERE.then(Transformation.SQL_COMMENTS).then(Transformation.COMPRESS_WHITESPACE);

  /**
   * All values, for rules on shell commands. Quotes inside words are removed, and line breaks are
   * retained.
   */
  static final Values SHELL =
      EVERYWHERE.transform(
          Transformation.URL_DECODE,
          Transformation.HTML_DECODE,
          Transformation.JS_DECODE,
          Transformation.FOLD,
          Transformation.REMOVE_NULLS,
          Transformation.LOWERCASE,
          Transformation.SHELL_UNQUOTE);

  private RuleShapes() {}

  /** Returns a builder of a rule. */
  static Rule.Builder rule(String id, RuleFamily family) {
    return Rule.builder(id).family(family);
  }

  /** Returns values of these targets only, with the same transformations. */
  static Values narrowed(Values values, Target first, Target... others) {
    return new Values(Condition.on(first, others).selectors(), values.transformations());
  }

  /** Returns the values of these targets; of the header fields, those with free text. */
  static Values valuesOf(Target first, Target... others) {
    return Condition.on(first, others).except(HEADER, FIELDS_WITH_A_GRAMMAR);
  }
}
