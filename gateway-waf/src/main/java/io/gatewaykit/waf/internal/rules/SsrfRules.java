// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.SSRF;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/**
 * Server-side request forgery: a value that is a URL which a server would fetch. A mention of
 * http://localhost in a sentence does not match.
 */
final class SsrfRules {
  /** Fields in which a browser sends its origin, for example a developer's machine. */
  private static final String[] FIELDS_OF_ORIGIN = {
    "origin", "x-forwarded-for", "x-real-ip", "via", "forwarded", "x-forwarded-host"
  };

  private static final Values URL =
      valuesOf(Target.ARG, Target.COOKIE, Target.HEADER).except(Target.HEADER, FIELDS_OF_ORIGIN);

  /** Parameters with the redirect URIs of a client. */
  private static final String[] REDIRECT_URIS = {
    "redirect_uri",
    "redirect_uris",
    "redirect_uris[*]",
    "redirectUri",
    "redirectUris[*]",
    "post_logout_redirect_uri",
    "post_logout_redirect_uris[*]",
    "*.redirect_uri"
  };

  private SsrfRules() {}

  static List<Rule> rules() {
    return List.of(
        // The redirect URI of a native application is a loopback address (RFC 8252 section 7.3).
        rule("ssrf-private-address", SSRF)
            .message("A URL with a private or local address")
            .provenance("RFC 1918, RFC 6890; OWASP, SSRF")
            .when(
                URL.except(Target.ARG, REDIRECT_URIS)
                    .matches(
                        any(
                            "^[^ ]*://(?:[^/?# ]*@)?"
                                + any(
                                    "127\\.",
                                    "localhost\\b",
                                    "169\\.254\\.",
                                    "0\\.0\\.0\\.0",
                                    "0(?:[/:?#]|$)",
                                    "10\\.\\d+\\.\\d+\\.\\d",
                                    "192\\.168\\.",
                                    "172\\.(?:1[6-9]|2\\d|3[01])\\.\\d",
                                    "100\\.100\\.100\\.",
                                    "192\\.0\\.0\\.192",
                                    "\\[",
                                    "ip6-\\w+",
                                    "(?:\\w+\\.)?docker\\.internal",
                                    "kubernetes\\b",
                                    "broadcasthost"),
                            "^https?:/?(?:127\\.|localhost)",
                            "^[/\\\\]{2,}(?:127\\.\\d|localhost(?:[:/]|$))")))
            .build(),
        rule("ssrf-odd-address", SSRF)
            .score(SPECIFIC)
            .message("A URL whose host is a number in an unusual notation")
            .provenance("RFC 3986, section 7.4; Orange Tsai, A New Era of SSRF")
            .when(
                URL.matches(
                    any(
                        "://(?:[^/?# ]*@)?(?:0x[0-9a-f]|0[0-7]*(?:\\.\\d+){2,3}(?:[/:?#]|$)|0[0-7]{2,}[./:?#]|\\d{8,10}(?:[/:?#]|$)|"
                            + "\\d+\\.\\d{4,}|\\d{1,3}\\.\\d{1,3}(?:[/:?#]|$)|127\\.\\d(?:[/:?#]|$)|"
                            + "(?:\\d+\\.){3}0x|[4-9]\\d\\d\\.|3[0-9]\\d\\.)",
                        "://[^/?# ]*(?:\\xe2[\\x91-\\x93][\\x80-\\xbf]|\\xe3\\x80\\x82\\d|\\xef\\xbd\\xa1)",
                        "://[^/?# ]*(?:\\\\|#@|%23@|&@|%00|;)[^ ]*@",
                        "https?:/{0,1}(?:\\\\|/)?@",
                        // Servers and libraries disagree on the position of the host.
                        "^https?:(?:/{3,}|[/\\\\]*\\\\[/\\\\]*)(?:127\\.|localhost\\b|10\\.|192\\.168\\.|0|\\[|169\\.254\\.)",
                        "://[^/ ]*[#?;&\\\\][^/ ]*@(?:127\\.|localhost\\b|10\\.|192\\.168\\.|\\[|169\\.254\\.)")))
            .build(),
        rule("ssrf-metadata", SSRF)
            .score(SPECIFIC)
            .message("A cloud metadata service")
            .provenance("AWS, Google, Azure, Alibaba, Oracle and OpenStack metadata services")
            .when(
                URL.matches(
                    any(
                        "169\\.254\\.169\\.254",
                        "169\\.254\\.170\\.2",
                        "(?:^|[/@])metadata\\.(?:google|azure|tencent|packet|platformequinix|oraclecloud)",
                        "://metadata\\b",
                        "\\binstance-data\\b",
                        "100\\.100\\.100\\.200",
                        "192\\.0\\.0\\.192",
                        "fd00:ec2",
                        "/latest/(?:meta-data|user-data|dynamic|api/token)",
                        "/computemetadata/",
                        "/metadata/(?:instance|v1)",
                        "/opc/v[12]/",
                        "googleapis\\.com/compute/.*metadata",
                        "/openstack/latest",
                        "2852039166",
                        "0xa9fea9fe")))
            .build(),
        rule("ssrf-local-name", SSRF)
            .message("A value that is the name of a local host")
            .provenance("Host names of containers; services that resolve to local addresses")
            .when(
                URL.matches(
                    any(
                        "^(?:localhost(?:\\d|\\.localdomain\\d?)*|ip6-(?:localhost|loopback)|ipv6-\\w+|"
                            + "host\\.docker\\.internal|gateway\\.docker\\.internal|kubernetes(?:\\.\\w+)*|"
                            + "127\\.\\d+\\.\\d+\\.\\d+|0\\.0\\.0\\.0|\\[::1?\\]|::1)(?:[:/][^ ]*)?$",
                        "^127(?:\\xe3\\x80\\x82|\\xef\\xbc\\x8e|\\xef\\xbd\\xa1)\\d",
                        "[./@](?:nip|xip|sslip)\\.io",
                        "\\blocaltest\\.me",
                        "\\blvh\\.me",
                        "\\b1u\\.ms\\b",
                        "\\brebind\\.network",
                        "\\brbndr\\.us",
                        "\\bvcap\\.me",
                        "\\bspoofed\\.burpcollaborator",
                        "\\b(?:oast|oastify|burpcollaborator|interact\\.sh|interactsh|dnslog|ceye|requestbin|canarytokens|"
                            + "requestrepo|eyes\\.sh|bxss|xss\\.ht|ezstat|r87\\.me|dnsbin|requestcatcher|"
                            + "tracker\\.rip)\\.(?:net|com|cn|me|io|pro|live|site|online|fun|sh|us|today|org|ru)",
                        "\\b(?:bxss\\.(?:me|in)|xss\\.ht|eyes\\.sh|r87\\.me|interact\\.sh|ezstat\\.ru)\\b")))
            .build(),
        rule("ssrf-scheme", SSRF)
            .score(LIKELY)
            .message("A URL with a scheme that no browser sends")
            .provenance("cURL and Java URL schemes; OWASP, SSRF")
            .when(
                URL.matches(
                    any(
                        "^(?:https?:/*)?unix:[/%]",
                        "^(?:url[:=])?(?:gopher|dict|ldaps?|tftp|sftp|jar|netdoc|imaps?|pop3s?|smtps?|smb|"
                            + "mysql|postgres(?:ql)?|redis|mongodb|memcached?|ssh2?|telnet|local_file|neo4j|rmi|"
                            + "iiop|jndi|dns|ws|rtsp|rtmp|scp|view-source|file|php|mailto):(?://|/|http|%)",
                        "\\b(?:gopher|dict|tftp|ldaps?|netdoc)://",
                        "\\bjar:(?:https?|file):",
                        "^file:\\$\\{")))
            .build(),
        rule("ssrf-address-weak", SSRF)
            .message("An IP address, or a URL with an IP address or a user")
            .provenance("OWASP, SSRF")
            .paranoia(2)
            .when(
                Condition.on(Target.ARG, Target.COOKIE)
                    .matches(
                        any(
                            "^(?:[a-z][\\w+.-]*://)?(?:10|127|192\\.168|172\\.(?:1[6-9]|2\\d|3[01]))\\.\\d+\\.\\d+",
                            "^https?://\\d+\\.\\d+\\.\\d+\\.\\d+",
                            "^[a-z][\\w+.-]*://[^/?# ]*@")))
            .build());
  }
}
