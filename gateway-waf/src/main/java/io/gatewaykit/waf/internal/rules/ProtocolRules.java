package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.PROTOCOL;
import static io.gatewaykit.waf.rule.Severity.WARNING;
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
 * kept, so people's many lines are told from a header field after a line break.
 */
final class ProtocolRules {
  /** A line break, also as U+560A and U+560D, which some servers narrow to CR and LF. */
  private static final String BREAK = "(?:[\\r\\n]|\\xe5\\x98[\\x8a\\x8d])+[ \\t]*";

  private static final String CHARSET = "charset ?= ?[\"']?";

  /** The beginning of a name that is none of those that browsers and libraries write. */
  private static final String UNUSUAL_CHARSET =
      any(
          "[^uiawlgbske \"']",
          "u(?:[^ts]|t[^f]|tf-?(?:[^8-]|8[\\w]|$)|s[^-])",
          "i(?:[^s]|s[^o]|so-?(?:[^8-]|8[^8]))",
          "a[^s]",
          "w[^i]",
          "l[^a]",
          "g[^b]",
          "b[^i]",
          "s[^hj]",
          "k[^os]",
          "e[^u]");

  private ProtocolRules() {}

  private static Rule.Builder lines(String id, Target first, Target... others) {
    return on(id, PROTOCOL, first, others)
        .transform(Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE);
  }

  static List<Rule> rules() {
    return List.of(
        lines("protocol-header-injection", PATH, ARG, ARG_NAME, COOKIE, HEADER)
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
                        + "(?:[\\w-]{2,30}:[^/]|\\w+[\\r\\n]*$|[\\r\\n]*<(?:script|html|svg|img|body))",
                    "^[^ \\r\\n]*\\\\r\\\\n[\\w-]{2,30} ?:",
                    "^[^ \\r\\n]*(?:\\xe5\\x98[\\x8a\\x8d]){1,4}(?:[\\w-]+:|<|\\xe5\\x98)"))
            .build(),
        lines("protocol-request-injection", PATH, ARG, ARG_NAME, COOKIE, HEADER)
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
            .message("A line break where none may be")
            .provenance("RFC 9112, section 2.2")
            .except(HEADER, "referer") // the query of a page's own URL may have any text
            .matches("^[ -~]*[\\r\\n]")
            .build(),
        lines("protocol-nul", PATH, COOKIE, HEADER, FILE_NAME)
            .message("A NUL byte where none may be")
            .provenance("CWE-158")
            .matches("\\x00")
            .build(),
        lines("protocol-nul-extension", ARG, ARG_NAME)
            .message("A NUL byte after a file name")
            .provenance("CWE-158; CVE-2006-7243")
            .matches(
                any("^[^ \\x00]*[\\w)/\"']\\x00(?:\\.\\w{1,5})?$", "^[^ \\x00]*\\.\\w{1,6}\\x00"))
            .build(),
        lines("protocol-charset", PART_HEADER, HEADER)
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
            .message("A content type that servers read differently")
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
            .message("A form that says it is written in a charset that hides text")
            .provenance("HTML standard, _charset_; RFC 7578, section 4.6")
            .matches(any("utf-?7", "utf-?16", "utf-?32", "^" + UNUSUAL_CHARSET))
            .build(),
        lines("protocol-part-encoding", PART_HEADER)
            .message("A transfer encoding of a part, which RFC 7578 forbids")
            .provenance("RFC 7578, section 4.7; CVE-2022-39956")
            .matches("content-transfer-encoding ?: ?[\"']?(?:base64|quoted-printable|uu|x-)")
            .build(),
        lines("protocol-part-name", FILE_NAME, PART_HEADER)
            .message("A name of a part that parsers read differently")
            .provenance("WAFFLED, 2025; CVE-2022-48279")
            .matches(
                any(
                    "content-disposition ?:.*\\bname ?= ?\"[^\"]*[;=]",
                    "\\bname ?= ?\"[^\"]*\"[ \\t]*[^; \\t\\r\\n\"]",
                    "content-disposition ?:.*\\bname ?=.*[; \\t]name ?=",
                    "^[^:]*[;\"]",
                    "^[^:]*&(?:quot|#)"))
            .build(),
        on("protocol-body-malformed", PROTOCOL, MALFORMED)
            .message("A body that is not what its content type says")
            .provenance("CWE-436; RFC 8259, RFC 7578, RFC 9110")
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
            .message("A host name that is none")
            .provenance("RFC 9110, section 7.2")
            .matches("[\\s<>\"'(){}|\\\\^`,]")
            .build(),
        lines("protocol-control-weak", ARG, ARG_NAME, COOKIE)
            .message("Control characters")
            .provenance("Unicode, C0 controls")
            .severity(WARNING)
            .paranoia(2)
            .matches("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]")
            .build());
  }
}
