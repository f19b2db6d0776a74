// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.PROTOCOL;
import static io.gatewaykit.waf.rule.Target.HEADER;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;
import java.util.List;
import java.util.stream.Stream;

/**
 * Header fields with a specific grammar, which text rules exclude, and fields that no browser
 * sends. At level 1, a field must not contain text that never occurs in its grammar; at level 2, it
 * must conform to the grammar.
 */
final class FieldRules {
  private static final String[] LISTS = {
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "pragma",
    "priority",
    "te"
  };

  private static final String[] TAGS = {"if-none-match", "if-match", "etag"};

  private static final String TOKEN = "[\\w!#$%&*+.^~-]+";

  private static final String QUOTED = "\"[^\"<>]*\"";

  /** A parameter with its semicolon. The HTTP client of the JDK writes a weight without a digit. */
  private static final String PARAMETER =
      "(?:[ \\t]*;[ \\t]*" + TOKEN + "(?:=(?:" + TOKEN + "|" + QUOTED + "))?)*";

  private static final String COMMA = "[ \\t]*(?:,[ \\t]*|$)";

  private FieldRules() {}

  private static Values fields(String... names) {
    List<Selector> selectors = Stream.of(names).map(HEADER::named).toList();
    return Condition.on(
            selectors.get(0), selectors.subList(1, selectors.size()).toArray(new Selector[0]))
        .transform(Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE);
  }

  static List<Rule> rules() {
    return List.of(
        rule("protocol-field-list", PROTOCOL)
            .message("Characters that never occur in a list of tokens")
            .provenance("RFC 9110, section 5.6; RFC 9218")
            .when(
                fields(LISTS)
                    .matches(
                        any(
                            "[<>'`\\\\{}|$\\x00-\\x08\\r\\n]",
                            "\\.\\./",
                            "--",
                            "/\\*[^,; \\t]",
                            "\\(.*\\)",
                            "[\\w)]+[ +]+[\\w(]+[ +]+\\w")))
            .build(),
        rule("protocol-field-tag", PROTOCOL)
            .message("Characters that never occur in an entity tag")
            .provenance("RFC 9110, section 8.8.3")
            .when(
                fields(TAGS)
                    .matches(
                        any(
                            "[<>'`\\\\{}\\x00-\\x08\\r\\n]",
                            "\\.\\./",
                            "\\w+[ +]+[\\w(]+[ +]+\\w")))
            .build(),
        rule("protocol-field-hint", PROTOCOL)
            .message("Characters that never occur in a client hint")
            .provenance("RFC 8941; User-Agent Client Hints")
            .when(
                fields("sec-ch-*", "sec-fetch-*", "upgrade-insecure-requests")
                    .matches(
                        any(
                            "[<>'`{}|$\\x00-\\x08\\r\\n]",
                            "\\.\\./",
                            "--",
                            "\\b(?:union|select|sleep|waitfor|concat)\\b")))
            .build(),
        rule("protocol-field-credentials", PROTOCOL)
            .message("Characters that never occur in credentials")
            .provenance("RFC 9110, section 11.4; RFC 6750")
            .when(
                fields("authorization", "proxy-authorization")
                    .matches(
                        any(
                            "[<>`|\\\\\\x00-\\x08\\r\\n]",
                            "[$#{][{(]",
                            "\\.\\./",
                            "['\"][ )]*(?:or|and|union|--|;|\\|\\||&&)[ '\"(-]",
                            "\\bunion[ +]+(?:all[ +]+)?select\\b")))
            .build(),
        rule("protocol-field-grammar-weak", PROTOCOL)
            .message("A list that does not conform to its grammar")
            .provenance("RFC 9110, section 5.6.1")
            .paranoia(2)
            .when(
                fields(LISTS)
                    .notMatches(
                        "^[ \\t,]*(?:"
                            + TOKEN
                            + "(?:/"
                            + TOKEN
                            + ")?(?:=(?:"
                            + TOKEN
                            + "|"
                            + QUOTED
                            + "))?"
                            + PARAMETER
                            + COMMA
                            + ")*$"))
            .build(),
        rule("protocol-proxy-field", PROTOCOL)
            .message("A field that only attackers send")
            .provenance("CVE-2016-5385 (httpoxy); CVE-2025-29927 (Next.js)")
            .score(SPECIFIC)
            .when(fields("proxy", "x-middleware-subrequest").matches("^"))
            .build(),
        rule("protocol-url-override", PROTOCOL)
            .score(LIKELY)
            .message("A path that replaces the one used for access control")
            .provenance("CVE-2018-14773; PortSwigger, URL-based access control")
            .when(fields("x-original-url", "x-rewrite-url").matches("^[ \\t]*/"))
            .build(),
        rule("protocol-method-override", PROTOCOL)
            .score(LIKELY)
            .message("A method override that no application allows")
            .provenance("OWASP, testing HTTP methods; RFC 9110, section 9")
            .when(
                fields("x-http-method-override", "x-http-method", "x-method-override")
                    .notMatches("^[ \\t]*(?:get|head|post|put|patch|delete|options|merge)[ \\t]*$"))
            .build(),
        rule("protocol-many-ranges", PROTOCOL)
            .score(LIKELY)
            .message("More ranges than clients request")
            .provenance("CVE-2011-3192; RFC 9110, section 14.2")
            .when(fields("range", "request-range").matches("=(?:[^,]*,){9}"))
            .build(),
        rule("protocol-ranges-weak", PROTOCOL)
            .message("Many ranges, or an invalid one")
            .provenance("RFC 9110, section 14.1.2")
            .paranoia(2)
            .when(
                fields("range", "request-range")
                    .matches(any("=(?:[^,]*,){4}", "^[^=]*$", "=[^,\\d-]", "^[ \\t]*[^b][^=]*=")))
            .build());
  }
}
