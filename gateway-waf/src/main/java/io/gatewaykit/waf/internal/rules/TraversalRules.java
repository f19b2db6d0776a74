package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.TRAVERSAL;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/**
 * Path traversal, sensitive files and remote inclusion. Texts mention files; attacks ask for them.
 * So most rules want a value that is a path as a whole, without a space before the name.
 */
final class TraversalRules {
  /** Slashes as filters and servers have confused them. */
  private static final String ODD_SLASH =
      any(
          "\\xe2\\x88[\\x95\\x96]", // U+2215 division slash, U+2216 set minus
          "\\xef\\xbc[\\x8f\\xbc]",
          "\\xe2\\x81\\x84",
          "\\xee\\xbf\\x88",
          "\\xef\\x80\\xa5", // U+EFC8, U+F025: best fit of some code pages
          "0x(?:2f|5c)",
          "%(?:25)*(?:2f|5c|c0|c1|pc|9v|qf|8s|1c|u221[56])",
          "[\\xc0\\xc1](?:[\\x2f\\x5c\\x9c\\xaf\\x1c]|%)",
          "\\xe0\\x80[\\xaf\\x9c]",
          "2f");

  private static final String SLASH = "[\\\\/]";

  private static final String DOT =
      any("\\.", "\\xc0[\\xae.n]", "0x2e", "%(?:25)*(?:2e|c0)", "\\xef\\xbc\\x8e", "\\xc0");

  /** A path from the start of the value, or from the start of what an assignment names. */
  private static final String PATH_SO_FAR = "^[^ ]*";

  private TraversalRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("traversal-start", TRAVERSAL)
            .message("A path that begins by going up")
            .provenance("CWE-22")
            .matches(
                any(
                    "^(?:[\\w:/\\\\%.?=-]*[\\\\/=;:%])?\\.\\.[\\\\/]",
                    "^\\.\\.$", "^[^ ]*[\\\\/]\\.\\.$", "^\\.?\\.;[\\\\/]", "/\\.\\.;/"))
            .build(),
        everywhere("traversal-repeated", TRAVERSAL)
            .message("A path that goes up again and again")
            .provenance("CWE-22; fuzzdb, path traversal")
            .matches(
                any(
                    "(?:\\.\\.+[\\\\/]+){3}",
                    "(?:\\.\\.[!%,/:;?\\\\\\]]{1,4}\\.?){3}",
                    "(?:\\.{2,}[\\\\/]{1,3}){2}[a-z]+[\\\\/]",
                    "(?:\\.[?%]){2}",
                    "(?:[\\\\/%?]\\.\\.){3}",
                    "\\.{4,}[\\\\/]{2}"))
            .build(),
        everywhere("traversal-encoded", TRAVERSAL)
            .message("A path that goes up in an odd encoding")
            .provenance("CVE-2000-0884; fuzzdb, traversal encodings")
            .matches(
                any(
                    "(?:" + DOT + "){2}" + ODD_SLASH,
                    "(?:0x2e|%2e|\\xc0[\\xae.n]?){2}",
                    ODD_SLASH + "(?:" + DOT + "){2}(?:" + SLASH + "|" + ODD_SLASH + ")",
                    "\\xc0[\\xae.][\\\\/]"))
            .build(),
        everywhere("traversal-system-file", TRAVERSAL)
            .message("A file of accounts or keys")
            .provenance("fuzzdb and SecLists, files worth reading; CWE-200")
            .matches(
                any(
                    "\\betc[\\\\/]+(?:passwd|shadow|sudoers|master\\.passwd|security/passwd)\\b",
                    "etc"
                        + any(SLASH, ODD_SLASH, "2f", ".{1,3}")
                        + "{1,3}(?:passwd|shadow|issue)\\b",
                    SLASH + "\\.ssh" + SLASH,
                    "\\.(?:bash|zsh|mysql|psql)_history\\b",
                    SLASH
                        + "proc[\\\\/]+(?:self|\\d+)[\\\\/]+(?:environ|fd|maps|cmdline|cwd|root|mem|exe|"
                        + "status)"))
            .build(),
        everywhere("traversal-unix-file", TRAVERSAL)
            .message("A value that is the path of a system file")
            .provenance("Filesystem Hierarchy Standard; fuzzdb, files worth reading")
            .matches(
                PATH_SO_FAR
                    + any(
                        "etc[\\\\/]+[a-z][\\w.-]*",
                        "[\\\\/]proc[\\\\/]+(?:self|version|cmdline|mounts|net|cpuinfo|meminfo|stat|"
                            + "interrupts|modules|filesystems|partitions|swaps|devices|dma|ioports|locks|"
                            + "uptime|loadavg|kcore|kallsyms|mdstat|sched\\w+|\\d)",
                        "[\\\\/]master\\.passwd",
                        "^/usr/local/\\w+/(?:logs?|conf|etc|var)\\b",
                        "[\\\\/]sys[\\\\/]+(?:class|kernel|devices|fs|block)\\b",
                        "[\\\\/]dev[\\\\/]+(?:null|zero|random|shm|fd|stdin|stdout)\\b")
                    + any(
                        "$",
                        "[\\\\/?&;,:\"'#)\\x00<]",
                        "[\\w./\\\\-]*$",
                        "[ ]*$",
                        "[%\\x80-\\xff]"))
            .build(),
        everywhere("traversal-server-file", TRAVERSAL)
            .message("A log, configuration or program in a server's folders")
            .provenance("fuzzdb, files worth reading; Apache, nginx, MySQL and PHP defaults")
            .matches(
                any(
                    PATH_SO_FAR
                        + "[\\\\/](?:var|usr|opt|root|home|srv|mnt|tmp|apache\\w*|xampp|lampp|logs?|inetpub|"
                        + "mysql|php\\d?|program ?files(?: \\(x86\\))?|users|nginx|"
                        + "httpd)[\\\\/]+[\\w. ()\\\\/-]*(?:\\.log|\\.conf|\\.ini|\\.ssh|_log|\\.history|"
                        + "\\.bash\\w+|\\.cnf|\\.php|passwd|\\.xml|\\.inc|\\.err|\\.frm|\\.my[di]|\\.pem|"
                        + "\\.key|\\.cfg|\\.yml|\\.env|\\.txt|\\.sh|\\.sql|\\.properties)\\b",
                    "^/?(?:(?:var|root|boot|sys)/|usr/(?:local/)?(?:apache\\d?|etc|www|nginx|php\\d?|"
                        + "lib/php\\d?|tomcat|mysql|pgsql|sbin|home|httpd|psa)/|opt/(?:lampp|xampp|"
                        + "apache\\w*|nginx|tomcat|ibm)/)[\\w./-]+$",
                    "^>?/tmp/[\\w.-]+$",
                    PATH_SO_FAR + "php[\\\\/]+php\\.ini"))
            .build(),
        everywhere("traversal-windows-file", TRAVERSAL)
            .message("A file of Windows")
            .provenance("fuzzdb, files worth reading on Windows")
            .matches(
                any(
                    "(?:win(?:dows|nt)?[\\\\/]+(?:win\\.ini|system32|system\\.ini|repair|php\\.ini|"
                        + "debug|panther|my\\.ini|iis|explorer|desktop\\.ini|syswow64))",
                    "^[^ ]*(?:\\bboot\\.ini|winnt[\\\\/]|windows[\\\\/]|\\bdesktop\\.ini\\b|"
                        + "\\bwin\\.ini\\b|ntuser\\.dat|\\bsam$)",
                    "\\bunattend(?:ed)?\\.xml$",
                    "^/?[c-e]:[\\\\/]+(?:windows|winnt|boot|inetpub|xampp|apache|wamp|program|mysql|php|"
                        + "users[\\\\/][^\\\\/]+[\\\\/]|documents|home|sysprep|oracle|ora\\w+|temp|nginx|"
                        + "minint|i386|autoexec|config\\.sys|pagefile|winnt|\\w+\\.(?:ini|log|conf|txt|bat)|"
                        + "$)",
                    "^\\\\\\\\[\\w.-]+\\\\[\\w$]+"))
            .build(),
        everywhere("traversal-application-file", TRAVERSAL)
            .message("A file of an application that is not meant to be read")
            .provenance("OWASP, forced browsing; Java EE, IIS, WordPress and git layouts")
            .matches(
                PATH_SO_FAR
                    + any(
                        "\\bweb\\.config\\b",
                        "(?:web|meta)-inf[\\\\/]",
                        "[\\\\/]?\\.ht(?:access|passwd|group)",
                        "\\bwp-config(?:\\.php)?\\b",
                        "[\\\\/]\\.(?:git|svn|hg|env|aws|docker|kube)\\b[\\\\/]?",
                        "\\bid_[rd]sa\\b",
                        "\\bglobal\\.asa\\b",
                        "\\b(?:server|tomcat-users|persistence|applicationcontext)\\.xml\\b",
                        "\\bhttpd\\.conf\\b",
                        "\\bmy\\.cnf\\b",
                        "\\bsettings\\.py\\b",
                        "\\bdatabase\\.yml\\b",
                        "\\bconfiguration\\.php\\b",
                        "\\blocalsettings\\.php\\b",
                        "\\bphp\\.ini\\b"))
            .build(),
        everywhere("traversal-file-url", TRAVERSAL)
            .message("A URL of a local file")
            .provenance("RFC 8089; CWE-73")
            .matches(
                any(
                    "^(?:url[:=])?file:(?:[\\\\/]|\\$|\\w+[\\\\/])",
                    "[\"'=(]file:/{2,3}(?:\\w:|etc|proc|var|windows|home|c)"))
            .build(),
        on("traversal-remote-file", TRAVERSAL, Target.ARG)
            .message("A remote file as a parameter, in the form that inclusion needs")
            .provenance("CWE-98; OWASP, remote file inclusion")
            .matches(
                any(
                    "^(?:https?|ftps?|file)(?:://[\\w.-]{0,100})?\\?+$",
                    "^(?:ht|f)tps?://[^ ]*(?:\\.txt|\\.php\\d?|\\.gif|\\.jpg|\\.dat|\\.log|/c99\\w*|"
                        + "/r57\\w*|/shell\\w*|/cmd\\w*)(?:\\?+|\\?\\w*|%00|\\x00)$",
                    "^(?:ht|f)tps?://\\d+\\.\\d+\\.\\d+\\.\\d+(?::\\d+)?/[^ ]*\\.(?:txt|php|inc|sh|exe|"
                        + "dat)\\b",
                    "^ftps?://",
                    "^(?:ht|f)tps?://[^ ]*/(?:c99|r57|b374k|webshell|shell)\\b[^ ]*$"))
            .build());
  }
}
