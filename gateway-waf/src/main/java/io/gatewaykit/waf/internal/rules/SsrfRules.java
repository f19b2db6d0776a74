package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.SSRF;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Requests forged in the server's name. */
final class SsrfRules {
  private SsrfRules() {}

  static List<Rule> rules() {
    return List.of(
        on("ssrf-internal", SSRF, Target.ARG, Target.HEADER)
            .matches(
                "://(?:[^/?# ]*@)?(?:127\\.|localhost|169\\.254|0x[0-9a-f]|0+[0-7.]*\\d|metadata\\b|\\[|0\\.0\\.0\\.0|10\\.\\d+\\.\\d+\\.\\d|192\\.168\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|100\\.100\\.100\\.|instance-data|\\d{8,10}(?:[/:?#]|$)|\\d+\\.\\d{4,}|0\\b|425\\.510)|169\\.254\\.169\\.254|metadata\\.google|instance-data|^localhost\\b|(?:nip|xip|sslip)\\.io|localtest\\.me|lvh\\.me|://[^/?#]*[\\x80-\\xff]")
            .build(),
        on("ssrf-scheme", SSRF, Target.ARG, Target.HEADER)
            .matches(
                "^(?:url:)?(?:gopher|dict|file|ldaps?|tftp|sftp|jar|netdoc|imap|smtp|smb|ftp|mysql|redis|ssh2?|telnet|local_file|neo4j|rmi|ws):(?://|/|http)|\\bgopher://|\\bdict://|\\bjar:http")
            .build());
  }
}
