// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.PROTOCOL;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.MALFORMED;
import static io.gatewaykit.waf.rule.Target.PART_HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/**
 * Header injection, request smuggling in parameters, and encodings that hide text. Line breaks are
 * retained, so that multi-line text is distinguished from a header field after a line break.
 */
final class ProtocolRules {
  /** A line break, including U+560A and U+560D, which some servers narrow to CR and LF. */
  private static final String BREAK =
      "(?:[\\r\\n]|\\xe5\\x98[\\x8a\\x8d]|\\xc4\\x8d\\xc4\\x8a)+[ \\t]*";

  private static final String CHARSET = "charset ?= ?[\"']?";

  /** The start of a charset name other than those that browsers and libraries send. */
  private static final String UNUSUAL_CHARSET =
      any(
          "[^uiawlgbskec \"']",
          "u(?:[^ts]|t[^f]|tf-?(?:[^8-]|8[\\w]|$)|s[^-])",
          "i(?:[^s]|s[^o]|so[-_]?(?:[^8_-]|8[^8]))",
          "a[^s]",
          "w[^i]",
          "l[^a]",
          "g[^b]",
          "b[^i]",
          "s[^hj]",
          "k[^os]",
          "c(?:[^p]|p(?:[^1]|1(?:[^2]|2(?:[^5]|5[^0-8]))))",
          "e[^u]");

  private ProtocolRules() {}

  private static Values lines(Target first, Target... others) {
    return lines(valuesOf(first, others));
  }

  private static Values lines(Values values) {
    return values.transform(
        Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE);
  }

  static List<Rule> rules() {
    return List.of(
        rule("protocol-header-injection", PROTOCOL)
            .score(LIKELY)
            .message("A header field after a line break")
            .provenance("CWE-113")
            .when(
                lines(PATH, ARG, ARG_NAME, COOKIE, HEADER)
                    .except(ARG, "body")
                    .matches(
                        BREAK
                            + any(
                                "set-cookie2? ?:",
                                "content-?(?:type|length|encoding|disposition) ?:",
                                "transfer-encoding ?:",
                                "location ?: ?(?:https?:|/|javascript)",
                                "x-(?:forwarded|xss|frame|content|http|real|original|rewrite|injected)[\\w-]* ?:",
                                "access-control-[\\w-]+ ?:",
                                "refresh ?: ?\\d",
                                "status ?: ?\\d{3}",
                                "remote-addr ?:",
                                "host ?: ?[\\w-]+\\.[\\w.-]+[ \\t]*(?:[\\r\\n]|$)",
                                "http/\\d")))
            .build(),
        rule("protocol-header-injection-start", PROTOCOL)
            .message("A header field after a line break at the start of a value")
            .provenance("CWE-113")
            .when(
                lines(PATH, ARG, ARG_NAME, COOKIE, HEADER)
                    .except(ARG, "body")
                    .matches(
                        any(
                            "^[^ \\r\\n]*"
                                + BREAK
                                + "[\\w-]{2,30}:(?:[ \\t]?[^ /\\r\\n][^ \\r\\n]*|[ \\t]*)[\\r\\n]*$",
                            "^[^ \\r\\n]*" + BREAK + "[a-z]+(?:-[a-z]+)+:[ \\t]?[^ ]",
                            "^[^ \\r\\n]*[ \\t]?\\r?\\n\\r?\\n[ \\t]*<(?:script|html|svg|img|body)",
                            "^[^ \\r\\n]*\\\\r\\\\n[\\w-]{2,30} ?:",
                            "^[^ \\r\\n]*(?:\\xe5\\x98[\\x8a\\x8d]){1,4}(?:[\\w-]+:|<|\\xe5\\x98)")))
            .build(),
        rule("protocol-request-injection", PROTOCOL)
            .score(LIKELY)
            .message("A request line in a parameter")
            .provenance("CWE-444, CWE-113")
            .when(
                lines(PATH, ARG, ARG_NAME, COOKIE, HEADER)
                    .matches(
                        "(?:^|"
                            + BREAK
                            + ")(?:get|post|head|put|delete|options|connect|trace|patch|"
                            + "propfind) +[^ \\r\\n]+ +http/\\d"))
            .build(),
        rule("protocol-mail-injection", PROTOCOL)
            .message("A mail command or header after a line break")
            .provenance("RFC 5321, RFC 3501; CWE-93")
            .when(
                lines(ARG, ARG_NAME, COOKIE)
                    .except(ARG, "body")
                    .matches(
                        BREAK
                            + any(
                                "(?:b?cc|to|reply-to|subject|from) ?: ?[^\\r\\n]{0,60}@",
                                "rcpt to ?:",
                                "mail from ?:",
                                "(?:quit|rset|noop|data)[ \\t]*(?:[\\r\\n.]|$)",
                                "[a-z]?\\w{1,5} (?:logout|capability|select|fetch|list|login|examine) ",
                                "\\w{1,5} (?:logout|capability)\\b",
                                "flushall\\b",
                                "(?:stat|list|retr|dele|top|uidl|pass|user|ehlo|helo|vrfy)(?: \\w+)?[ \\t]*[\\r\\n]",
                                "mime-version ?:")))
            .build(),
        rule("protocol-line-break", PROTOCOL)
            .message("A line break where none is allowed")
            .provenance("RFC 9112, section 2.2")
            // the query of a page URL may contain any text
            .when(
                lines(PATH, ARG_NAME, HEADER, FILE_NAME)
                    .except(HEADER, "referer")
                    .matches("^[ -~]*[\\r\\n]"))
            .build(),
        rule("protocol-nul", PROTOCOL)
            .score(LIKELY)
            .message("A NUL byte where none is allowed")
            .provenance("CWE-158")
            .when(lines(PATH, COOKIE, HEADER, FILE_NAME).matches("\\x00"))
            .build(),
        rule("protocol-nul-extension", PROTOCOL)
            .score(SPECIFIC)
            .message("A NUL byte after a file name")
            .provenance("CWE-158; CVE-2006-7243")
            .when(
                lines(ARG, ARG_NAME)
                    .matches(
                        any(
                            "^[^ \\x00]*[\\w)/\"']\\x00(?:\\.\\w{1,5})?$",
                            "^[^ \\x00]*\\.\\w{1,6}\\x00")))
            .build(),
        rule("protocol-charset", PROTOCOL)
            .score(LIKELY)
            .message("A charset that hides text from inspection")
            .provenance("CVE-2022-39955, CVE-2022-39957; RFC 7578, section 5.1.2")
            .when(
                lines(
                        Condition.on(
                            PART_HEADER.any(),
                            HEADER.named("content-type"),
                            HEADER.named("accept-charset")))
                    .matches(
                        any(
                            "charset ?= ?[\"']?(?:utf-?7|utf-?16|utf-?32|ucs-|ibm|cp?\\d{3}\\b|ebcdic|cp037|"
                                + "euc-|iso-2022|hz-|x-|unicode|csutf7|scsu|bocu)",
                            CHARSET + UNUSUAL_CHARSET, "charset.*charset ?=", "^utf-7")))
            .build(),
        rule("protocol-content-type", PROTOCOL)
            .message("A content type that servers interpret differently")
            .provenance("CVE-2023-38199; RFC 9110, section 8.3; WAFFLED, 2025")
            .when(
                lines(Condition.on(HEADER.named("content-type")))
                    .matches(
                        any(
                            "^[ \\t]*[^m \\t][^;]*;.*\\bboundary ?=",
                            "^[^;\"]*,",
                            "^[^;]*[\"'<>(){}\\[\\]@\\\\]",
                            "\\bboundary ?=.*\\bboundary ?=",
                            "\\bboundary ?=[ \\t]*(?:$|;|\"\")",
                            "[\\r\\n\\x00]")))
            .build(),
        rule("protocol-charset-field", PROTOCOL)
            .message("A form that declares a charset that hides text")
            .provenance("HTML standard, _charset_; RFC 7578, section 4.6")
            .when(
                Condition.on(ARG.named("_charset_"))
                    .matches(any("utf-?7", "utf-?16", "utf-?32", "^" + UNUSUAL_CHARSET)))
            .build(),
        rule("protocol-part-encoding", PROTOCOL)
            .message("A transfer encoding of a part, prohibited by RFC 7578")
            .provenance("RFC 7578, section 4.7; CVE-2022-39956")
            .when(
                lines(PART_HEADER)
                    .matches(
                        "content-transfer-encoding ?: ?[\"']?(?:base64|quoted-printable|uu|x-)"))
            .build(),
        rule("protocol-part-name", PROTOCOL)
            .message("A part name that parsers interpret differently")
            .provenance("WAFFLED, 2025; CVE-2022-48279")
            .when(
                lines(FILE_NAME, PART_HEADER)
                    .matches(
                        any(
                            "content-disposition ?:.*\\bname ?= ?\"[^\"]*[;=]",
                            "\\bname ?= ?\"[^\"]*\"[ \\t]*[^; \\t\\r\\n\"]",
                            "content-disposition ?:.*\\bname ?=.*[; \\t]name ?=",
                            "^[^:]*&(?:quot|#)")))
            .build(),
        rule("protocol-body-malformed", PROTOCOL)
            .message("A body that does not conform to its content type")
            .provenance("CWE-436; RFC 8259, RFC 7578, RFC 9110")
            .when(
                valuesOf(MALFORMED)
                    .except(MALFORMED, "oversize", "coding")
                    .transform()
                    .test(new Operator.Exists()))
            .build(),
        rule("protocol-body-oversize", PROTOCOL)
            .message("A body that is too long to be inspected, as received or inflated")
            .provenance("CWE-400, CWE-409; RFC 9110, section 15.5.14")
            .action(Rule.Action.BLOCK)
            .when(Condition.on(MALFORMED.named("oversize")).transform().test(new Operator.Exists()))
            .build(),
        rule("protocol-body-coding", PROTOCOL)
            .message("A content coding that cannot be decoded for inspection")
            .provenance("RFC 9110, sections 8.4 and 15.5.16")
            .action(Rule.Action.BLOCK)
            .when(Condition.on(MALFORMED.named("coding")).transform().test(new Operator.Exists()))
            .build(),
        rule("protocol-cookie-attribute", PROTOCOL)
            .message("A quoted cookie that hides others")
            .provenance("RFC 2965; PortSwigger, bypassing WAFs with the phantom $Version cookie")
            .when(
                lines(
                        Condition.on(
                            COOKIE.named("$version"),
                            COOKIE.named("$path"),
                            COOKIE.named("$domain")))
                    .matches("^"))
            .build(),
        rule("protocol-host", PROTOCOL)
            .message("An invalid host name")
            .provenance("RFC 9110, section 7.2")
            .when(
                Condition.on(
                        HEADER.named("host"),
                        HEADER.named("x-forwarded-host"),
                        HEADER.named("x-original-url"),
                        HEADER.named("x-rewrite-url"))
                    .matches("[\\s<>\"'(){}|\\\\^`,]"))
            .build(),
        rule("protocol-control-weak", PROTOCOL)
            .message("Control characters")
            .provenance("Unicode, C0 controls")
            .paranoia(2)
            .when(
                lines(ARG, ARG_NAME, COOKIE)
                    .except(ARG, "body")
                    .matches("[\\x00-\\x08\\x0e-\\x1a\\x1c-\\x1f]"))
            .build(),
        rule("protocol-utf8-weak", PROTOCOL)
            .message("Invalid UTF-8")
            .provenance("RFC 3629; CWE-176")
            .paranoia(2)
            .when(
                valuesOf(PATH, ARG, ARG_NAME, COOKIE)
                    .transform()
                    .except(ARG, "body")
                    .test(new Operator.InvalidUtf8()))
            .build(),
        rule("protocol-response-field-weak", PROTOCOL)
            .message("A response header field in a parameter")
            .provenance("CWE-113; coffinxp, CRLF payloads, by shape")
            .paranoia(2)
            .when(
                lines(ARG, PATH)
                    .matches(
                        "(?:^|[/\\\\\\r\\n\\t ][rnt]?)(?:set-cookie ?: ?\\w+=|x-xss-protection ?: ?0)"))
            .build(),
        rule("protocol-content-type-weak", PROTOCOL)
            .message("A content type that applications rarely accept")
            .provenance("IANA, media types")
            .paranoia(2)
            .when(
                lines(Condition.on(HEADER.named("content-type")))
                    .notMatches(
                        "^[ \\t]*(?:application/(?:[\\w.-]+\\+)?(?:json|xml|x-www-form-urlencoded|octet-stream|"
                            + "x-ndjson|ndjson|grpc[\\w.+-]*|x-protobuf|protobuf|graphql|csp-report|pdf|zip|javascript|"
                            + "gzip|cbor|msgpack|x-msgpack)|multipart/(?:form-data|mixed|related)|text/[\\w.+-]+|"
                            + "(?:image|audio|video|font)/[\\w.+-]+)[ \\t]*(?:;|$)"))
            .build());
  }
}
