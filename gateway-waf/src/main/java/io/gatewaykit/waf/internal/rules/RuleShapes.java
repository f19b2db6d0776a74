package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;

/** What many built-in rules have in common. */
final class RuleShapes {
  /** Fields whose values follow a grammar of their own that looks like an attack. */
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

  private RuleShapes() {}

  /** A rule that looks wherever a client can put text. */
  static Rule.Builder everywhere(String id, RuleFamily family) {
    return on(id, family, ARG, ARG_NAME, COOKIE, HEADER, PATH, FILE_NAME);
  }

  /** A rule that looks at these parts; of the header fields, at those that hold free text. */
  static Rule.Builder on(String id, RuleFamily family, Target first, Target... others) {
    return Rule.builder(id).family(family).on(first, others).except(HEADER, FIELDS_WITH_A_GRAMMAR);
  }

  /** A rule about SQL: comments are spaces. */
  static Rule.Builder sql(String id) {
    return everywhere(id, RuleFamily.SQLI)
        .then(Transformation.SQL_COMMENTS)
        .then(Transformation.COMPRESS_WHITESPACE);
  }

  /** A rule about shells: quotes inside words are gone, and line breaks are kept. */
  static Rule.Builder shell(String id) {
    return everywhere(id, RuleFamily.RCE)
        .transform(
            Transformation.URL_DECODE,
            Transformation.HTML_DECODE,
            Transformation.JS_DECODE,
            Transformation.FOLD,
            Transformation.REMOVE_NULLS,
            Transformation.LOWERCASE,
            Transformation.SHELL_UNQUOTE);
  }
}
