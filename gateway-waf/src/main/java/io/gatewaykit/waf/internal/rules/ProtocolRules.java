package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.PROTOCOL;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.MALFORMED;
import static io.gatewaykit.waf.rule.Target.PART_HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
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

  private static Rule.Builder lines(String id, Target first, Target... others) {
    return on(id, PROTOCOL, first, others)
        .transform(Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE);
  }

  static List<Rule> rules() {
    return List.of(
        lines("protocol-header-injection", PATH, ARG, ARG_NAME, COOKIE, HEADER)
            .score(LIKELY)
            .message("A header field after a line break")
            .provenance("CWE-113")
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
                        "http/\\d"))
            .build(),
        lines("protocol-header-injection-start", PATH, ARG, ARG_NAME, COOKIE, HEADER)
            .message("A header field after a line break at the start of a value")
            .provenance("CWE-113")
            .matches(
                any(
                    "^[^ \\r\\n]*"
                        + BREAK
                        + "[\\w-]{2,30}:(?:[ \\t]?[^ /\\r\\n][^ \\r\\n]*|[ \\t]*)[\\r\\n]*$",
                    "^[^ \\r\\n]*" + BREAK + "[a-z]+(?:-[a-z]+)+:[ \\t]?[^ ]",
                    "^[^ \\r\\n]*[ \\t]?\\r?\\n\\r?\\n[ \\t]*<(?:script|html|svg|img|body)",
                    "^[^ \\r\\n]*\\\\r\\\\n[\\w-]{2,30} ?:",
                    "^[^ \\r\\n]*(?:\\xe5\\x98[\\x8a\\x8d]){1,4}(?:[\\w-]+:|<|\\xe5\\x98)"))
            .build(),
        lines("protocol-request-injection", PATH, ARG, ARG_NAME, COOKIE, HEADER)
            .score(LIKELY)
            .message("A request line in a parameter")
            .provenance("CWE-444, CWE-113")
            .matches(
                "(?:^|"
                    + BREAK
                    + ")(?:get|post|head|put|delete|options|connect|trace|patch|"
                    + "propfind) +[^ \\r\\n]+ +http/\\d")
            .build(),
        lines("protocol-mail-injection", ARG, ARG_NAME, COOKIE)
            .message("A mail command or header after a line break")
            .provenance("RFC 5321, RFC 3501; CWE-93")
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
                        "mime-version ?:"))
            .build(),
        lines("protocol-line-break", PATH, ARG_NAME, HEADER, FILE_NAME)
            .message("A line break where none is allowed")
            .provenance("RFC 9112, section 2.2")
            .except(HEADER, "referer") // the query of a page URL may contain any text
            .matches("^[ -~]*[\\r\\n]")
            .build(),
        lines("protocol-nul", PATH, COOKIE, HEADER, FILE_NAME)
            .score(LIKELY)
            .message("A NUL byte where none is allowed")
            .provenance("CWE-158")
            .matches("\\x00")
            .build(),
        lines("protocol-nul-extension", ARG, ARG_NAME)
            .score(SPECIFIC)
            .message("A NUL byte after a file name")
            .provenance("CWE-158; CVE-2006-7243")
            .matches(
                any("^[^ \\x00]*[\\w)/\"']\\x00(?:\\.\\w{1,5})?$", "^[^ \\x00]*\\.\\w{1,6}\\x00"))
            .build(),
        lines("protocol-charset", PART_HEADER, HEADER)
            .score(LIKELY)
            .message("A charset that hides text from inspection")
            .provenance("CVE-2022-39955, CVE-2022-39957; RFC 7578, section 5.1.2")
            .on(PART_HEADER.any(), HEADER.named("content-type"), HEADER.named("accept-charset"))
            .matches(
                any(
                    "charset ?= ?[\"']?(?:utf-?7|utf-?16|utf-?32|ucs-|ibm|cp?\\d{3}\\b|ebcdic|cp037|"
                        + "euc-|iso-2022|hz-|x-|unicode|csutf7|scsu|bocu)",
                    CHARSET + UNUSUAL_CHARSET, "charset.*charset ?=", "^utf-7"))
            .build(),
        lines("protocol-content-type", HEADER)
            .message("A content type that servers interpret differently")
            .provenance("CVE-2023-38199; RFC 9110, section 8.3; WAFFLED, 2025")
            .on(HEADER.named("content-type"))
            .matches(
                any(
                    "^[ \\t]*[^m \\t][^;]*;.*\\bboundary ?=",
                    "^[^;\"]*,",
                    "^[^;]*[\"'<>(){}\\[\\]@\\\\]",
                    "\\bboundary ?=.*\\bboundary ?=",
                    "\\bboundary ?=[ \\t]*(?:$|;|\"\")",
                    "[\\r\\n\\x00]"))
            .build(),
        on("protocol-charset-field", PROTOCOL, ARG)
            .on(ARG.named("_charset_"))
            .message("A form that declares a charset that hides text")
            .provenance("HTML standard, _charset_; RFC 7578, section 4.6")
            .matches(any("utf-?7", "utf-?16", "utf-?32", "^" + UNUSUAL_CHARSET))
            .build(),
        lines("protocol-part-encoding", PART_HEADER)
            .message("A transfer encoding of a part, prohibited by RFC 7578")
            .provenance("RFC 7578, section 4.7; CVE-2022-39956")
            .matches("content-transfer-encoding ?: ?[\"']?(?:base64|quoted-printable|uu|x-)")
            .build(),
        lines("protocol-part-name", FILE_NAME, PART_HEADER)
            .message("A part name that parsers interpret differently")
            .provenance("WAFFLED, 2025; CVE-2022-48279")
            .matches(
                any(
                    "content-disposition ?:.*\\bname ?= ?\"[^\"]*[;=]",
                    "\\bname ?= ?\"[^\"]*\"[ \\t]*[^; \\t\\r\\n\"]",
                    "content-disposition ?:.*\\bname ?=.*[; \\t]name ?=",
                    "^[^:]*&(?:quot|#)"))
            .build(),
        on("protocol-body-malformed", PROTOCOL, MALFORMED)
            .message("A body that does not conform to its content type")
            .provenance("CWE-436; RFC 8259, RFC 7578, RFC 9110")
            .except(MALFORMED, "oversize", "coding")
            .transform()
            .test(new Operator.Exists())
            .build(),
        on("protocol-body-oversize", PROTOCOL, MALFORMED)
            .on(MALFORMED.named("oversize"))
            .message("A body that is too long to be inspected, as received or inflated")
            .provenance("CWE-400, CWE-409; RFC 9110, section 15.5.14")
            .block()
            .transform()
            .test(new Operator.Exists())
            .build(),
        on("protocol-body-coding", PROTOCOL, MALFORMED)
            .on(MALFORMED.named("coding"))
            .message("A content coding that cannot be decoded for inspection")
            .provenance("RFC 9110, sections 8.4 and 15.5.16")
            .block()
            .transform()
            .test(new Operator.Exists())
            .build(),
        lines("protocol-cookie-attribute", COOKIE)
            .message("A quoted cookie that hides others")
            .provenance("RFC 2965; PortSwigger, bypassing WAFs with the phantom $Version cookie")
            .on(COOKIE.named("$version"), COOKIE.named("$path"), COOKIE.named("$domain"))
            .matches("^")
            .build(),
        on("protocol-host", PROTOCOL, HEADER)
            .on(
                HEADER.named("host"),
                HEADER.named("x-forwarded-host"),
                HEADER.named("x-original-url"),
                HEADER.named("x-rewrite-url"))
            .message("An invalid host name")
            .provenance("RFC 9110, section 7.2")
            .matches("[\\s<>\"'(){}|\\\\^`,]")
            .build(),
        lines("protocol-control-weak", ARG, ARG_NAME, COOKIE)
            .message("Control characters")
            .provenance("Unicode, C0 controls")
            .paranoia(2)
            .except(ARG, "body")
            .matches("[\\x00-\\x08\\x0e-\\x1a\\x1c-\\x1f]")
            .build(),
        on("protocol-utf8-weak", PROTOCOL, PATH, ARG, ARG_NAME, COOKIE)
            .message("Invalid UTF-8")
            .provenance("RFC 3629; CWE-176")
            .paranoia(2)
            .transform()
            .except(ARG, "body")
            .test(new Operator.InvalidUtf8())
            .build(),
        lines("protocol-response-field-weak", ARG, PATH)
            .message("A response header field in a parameter")
            .provenance("CWE-113; coffinxp, CRLF payloads, by shape")
            .paranoia(2)
            .matches("(?:^|[/\\\\\\r\\n\\t ][rnt]?)(?:set-cookie ?: ?\\w+=|x-xss-protection ?: ?0)")
            .build(),
        lines("protocol-content-type-weak", HEADER)
            .on(HEADER.named("content-type"))
            .message("A content type that applications rarely accept")
            .provenance("IANA, media types")
            .paranoia(2)
            .notMatches(
                "^[ \\t]*(?:application/(?:[\\w.-]+\\+)?(?:json|xml|x-www-form-urlencoded|octet-stream|"
                    + "x-ndjson|ndjson|grpc[\\w.+-]*|x-protobuf|protobuf|graphql|csp-report|pdf|zip|javascript|"
                    + "gzip|cbor|msgpack|x-msgpack)|multipart/(?:form-data|mixed|related)|text/[\\w.+-]+|"
                    + "(?:image|audio|video|font)/[\\w.+-]+)[ \\t]*(?:;|$)")
            .build());
  }
}
