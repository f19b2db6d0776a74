package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.SSRF;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/**
 * Requests forged in the server's name. A value that is a URL, as a server would fetch it; people
 * who mention http://localhost in a sentence are not meant.
 */
final class SsrfRules {
  /**
   * Fields in which a browser tells where it comes from, a developer's own machine for instance.
   */
  private static final String[] FIELDS_OF_ORIGIN = {
    "origin", "x-forwarded-for", "x-real-ip", "via", "forwarded", "x-forwarded-host"
  };

  private SsrfRules() {}

  private static Rule.Builder url(String id) {
    return on(id, SSRF, Target.ARG, Target.COOKIE, Target.HEADER)
        .except(Target.HEADER, FIELDS_OF_ORIGIN);
  }

  static List<Rule> rules() {
    return List.of(
        url("ssrf-private-address")
            .message("A URL of a private or local address")
            .provenance("RFC 1918, RFC 6890; OWASP, SSRF")
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
                    "^https?:(?:127\\.|localhost)"))
            .build(),
        url("ssrf-odd-address")
            .message("A URL whose host is a number in an odd notation")
            .provenance("RFC 3986, section 7.4; Orange Tsai, A New Era of SSRF")
            .matches(
                any(
                    "://(?:[^/?# ]*@)?(?:0x[0-9a-f]|0+[0-7]*\\.|0[0-7]{2,}|\\d{8,10}(?:[/:?#]|$)|"
                        + "\\d+\\.\\d{4,}|\\d{1,3}\\.\\d{1,3}(?:[/:?#]|$)|127\\.\\d(?:[/:?#]|$)|"
                        + "(?:\\d+\\.){3}0x|[4-9]\\d\\d\\.|3[0-9]\\d\\.)",
                    "://[^/?# ]*(?:\\xe2[\\x91-\\x93][\\x80-\\xbf]|\\xe3\\x80\\x82\\d|\\xef\\xbd\\xa1)",
                    "://[^/?# ]*(?:\\\\|#@|%23@|&@|%00|;)[^ ]*@",
                    "https?:/{0,1}(?:\\\\|/)?@"))
            .build(),
        url("ssrf-metadata")
            .message("A cloud's metadata service")
            .provenance("AWS, Google, Azure, Alibaba, Oracle and OpenStack metadata services")
            .matches(
                any(
                    "169\\.254\\.169\\.254",
                    "169\\.254\\.170\\.2",
                    "\\bmetadata\\.(?:google|azure|tencent|packet|platformequinix|oraclecloud)",
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
                    "0xa9fea9fe"))
            .build(),
        url("ssrf-local-name")
            .message("A value that is a local host's name")
            .provenance("Host names of containers; services that resolve to local addresses")
            .matches(
                any(
                    "^(?:localhost(?:\\d|\\.localdomain\\d?)*|ip6-(?:localhost|loopback)|ipv6-\\w+|"
                        + "host\\.docker\\.internal|gateway\\.docker\\.internal|kubernetes(?:\\.\\w+)*|"
                        + "127\\.\\d+\\.\\d+\\.\\d+|0\\.0\\.0\\.0|\\[?::1?\\]?)(?:[:/].*)?$",
                    "[./@](?:nip|xip|sslip)\\.io",
                    "\\blocaltest\\.me",
                    "\\blvh\\.me",
                    "\\b1u\\.ms\\b",
                    "\\brebind\\.network",
                    "\\brbndr\\.us",
                    "\\bvcap\\.me",
                    "\\bspoofed\\.burpcollaborator",
                    "\\b(?:oast|oastify|burpcollaborator|interact\\.sh|dnslog|ceye|requestbin|"
                        + "canarytokens)\\.(?:net|com|cn|me|io|pro|live|site|online|fun|sh)"))
            .build(),
        url("ssrf-scheme")
            .message("A URL of a scheme that no browser would send")
            .provenance("cURL and Java URL schemes; OWASP, SSRF")
            .matches(
                any(
                    "^(?:url[:=])?(?:gopher|dict|ldaps?|tftp|sftp|jar|netdoc|imaps?|pop3s?|smtps?|smb|"
                        + "mysql|postgres(?:ql)?|redis|mongodb|memcached?|ssh2?|telnet|local_file|neo4j|rmi|"
                        + "iiop|jndi|dns|ws|rtsp|rtmp|scp|view-source|file|php|mailto):(?://|/|http|%)",
                    "\\b(?:gopher|dict|tftp|ldaps?|netdoc)://",
                    "\\bjar:(?:https?|file):",
                    "^file:\\$\\{"))
            .build());
  }
}
