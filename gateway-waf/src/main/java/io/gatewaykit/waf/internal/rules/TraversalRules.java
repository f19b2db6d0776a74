package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.TRAVERSAL;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Path traversal, sensitive files and remote inclusion. */
final class TraversalRules {
  private TraversalRules() {}

  static List<Rule> rules() {
    return List.of(
        on(
                "traversal-dots",
                TRAVERSAL,
                Target.PATH,
                Target.ARG,
                Target.ARG_NAME,
                Target.COOKIE,
                Target.HEADER)
            .matches(
                "(?:^|[\\\\/=;:])\\.\\.+[\\\\/;]+\\.*|(?:\\.\\.[\\\\/]+)|(?:\\.\\.|0x2e0x2e)(?:0x2f|0x5c|%2f|%5c|%c0|[\\\\/]|;/)|^\\.\\.$|[\\\\/]\\.\\.$|\\.\\?[\\\\/]|\\?\\.[\\\\/]")
            .build(),
        on(
                "traversal-file",
                TRAVERSAL,
                Target.PATH,
                Target.ARG,
                Target.ARG_NAME,
                Target.COOKIE,
                Target.HEADER)
            .matches(
                "\\betc[\\\\/]+(?:passwd|shadow|group|hosts|issue|my\\.cnf|ssh|apache2?|httpd|nginx|php|mysql|crontab|fstab|motd|resolv|init\\.d|security|sudoers|redhat|pam\\.|profile|\\w+\\.conf|\\w+)|[\\\\/]proc[\\\\/]+(?:self|version|cmdline|mounts|net|\\d)|(?:win(?:dows|nt)?[\\\\/]+(?:win\\.ini|system32|system\\.ini|repair|php\\.ini|debug|panther|my\\.ini|iis|explorer))|\\bboot\\.ini|\\bweb\\.config\\b|(?:web|meta)-inf[\\\\/]|[\\\\/](?:var|usr|opt|root|home|apache\\w*|xampp|logs?|inetpub|mysql|programfiles|program files)[\\\\/]+[\\w. \\\\/-]*(?:\\.log|\\.conf|\\.ini|\\.ssh|_log|\\.history|\\.bash\\w+|\\.cnf|\\.php|\\.mysql_history|passwd|htpasswd|\\.xml|\\.inc|\\.err|\\.frm|\\.myd)|^[cd]:[\\\\/]|^file:/|\\.ssh[\\\\/]|\\.bash_history|(?:^|[\\\\/=])\\.ht(?:access|passwd)|wp-config\\.php|^/?(?:var|usr|opt|root|home)/[\\w./-]+$")
            .build(),
        on("rfi-url", TRAVERSAL, Target.ARG)
            .matches(
                "^(?:ht|f)tps?://[^ ]+(?:\\.txt|\\.php\\d?|\\.gif|\\.dat|\\.log|/c99\\w*|/r57\\w*|/shell\\w*)\\?+$|^(?:ht|f)tps?://\\d+\\.\\d+\\.\\d+\\.\\d+/[^ ]*\\.(?:txt|php)|^ftps?://")
            .build());
  }
}
