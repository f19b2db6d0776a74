// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.TRAVERSAL;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.COOKIE_NAME;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/**
 * Path traversal, sensitive files and remote inclusion. Prose mentions files, whereas attacks
 * request them. Most rules therefore require a value that is entirely a path, without a space
 * before the file name.
 */
final class TraversalRules {
  /** Slash variants that filters and servers have interpreted differently. */
  private static final String ODD_SLASH =
      any(
          "\\xe2\\x88[\\x95\\x96]", // U+2215 division slash, U+2216 set minus
          "\\xef\\xbc[\\x8f\\xbc]",
          "\\xe2\\x81\\x84",
          "\\xee\\xbf\\x88",
          "\\xef\\x80\\xa5", // U+EFC8, U+F025: best-fit mappings of some code pages
          "0x(?:2f|5c)",
          "%(?:25)*(?:2f|5c|c0|c1|pc|9v|qf|8s|1c|u221[56])",
          "[\\xc0\\xc1](?:[\\x2f\\x5c\\x9c\\xaf\\x1c]|%)",
          "\\xe0\\x80[\\xaf\\x9c]",
          "2f");

  private static final String SLASH = "[\\\\/]";

  private static final String DOT =
      any("\\.", "\\xc0[\\xae.n]", "0x2e", "%(?:25)*(?:2e|c0)", "\\xef\\xbc\\x8e", "\\xc0");

  /**
   * A path from the start of the value, or from the start of the right-hand side of an assignment.
   */
  private static final String PATH_SO_FAR = "^[^ ]*";

  /** The text before the first parent segment. */
  private static final String BEFORE_UP = "^(?:[\\w:/\\\\%.?=-]*[\\\\/=;:%])?";

  private static final String UP = BEFORE_UP + "\\.\\.[\\\\/](?:[^ ]*$|.*[\\\\/])";

  private static final String ENDS_UP = any("^\\.\\.$", "^[^ ]*[\\\\/]\\.\\.$");

  private static final String UP_WITH_PARAMETER = any("^\\.?\\.;[\\\\/]", "/\\.\\.;/");

  /** A parent segment and the segments below it, which may lead up again. */
  private static final String UP_AND_DOWN = "\\.\\.[\\\\/]+(?:[^\\\\/\\s\"'<>]*[\\\\/]+)*";

  /** The extensions of scripts, settings, databases, logs and keys. */
  private static final String PRIVATE_EXTENSION =
      "(?:php\\d?|phtml|inc|aspx?|ashx|asmx|cshtml|jspx?|cfm|cgi|py|rb|erb|pl|pm|lua|sh|bash|bat|cmd|ps1|"
          + "ini|conf|cnf|cfg|env|toml|config|properties|tfvars|tfstate|log|sql|sqlite\\d?|mdb|db|"
          + "key|pem|crt|cer|der|csr|p12|pfx|jks|keystore|ppk|bak|old|orig|swp|htpasswd|exe|dll|war)";

  /** Settings in formats that pages and imports also have. */
  private static final String SETTINGS_FILE =
      any(
          "(?:appsettings|application|bootstrap|config|configuration|settings|parameters|secrets?|credentials?|"
              + "database|environment|docker-compose|service-?account\\w*)(?:[.-]\\w+)?\\.(?:json|ya?ml|xml)",
          "(?:package(?:-lock)?|composer|google-services)\\.json",
          "(?:web|server|context|tomcat-users|applicationcontext|persistence|pom)\\.xml",
          "config[\\\\/](?:[^ ]*[\\\\/])?[\\w.-]+\\.ya?ml");

  /** The end of a file name, in front of a query, a parameter or a NUL. */
  private static final String NAME_END = "(?:$|[?#&;\\x00])";

  /** The values of rules on system files, which a server never serves under their own paths. */
  private static final Values IN_VALUES =
      valuesOf(ARG, ARG_NAME, COOKIE, COOKIE_NAME, HEADER, FILE_NAME);

  private TraversalRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("traversal-start", TRAVERSAL)
            .score(LIKELY)
            .message("A path that starts with a parent segment, where clients never send one")
            .provenance("CWE-22; RFC 3986, section 5.2.4: clients remove such segments")
            .when(
                valuesOf(ARG_NAME, COOKIE, COOKIE_NAME, HEADER, PATH, FILE_NAME)
                    .matches(any(UP, ENDS_UP, UP_WITH_PARAMETER)))
            .build(),
        rule("traversal-parameter", TRAVERSAL)
            .score(LIKELY)
            .message("A parameter with a parent segment and a script, settings or a hidden file")
            .provenance("CWE-22")
            .when(
                valuesOf(ARG)
                    .matches(
                        any(
                            BEFORE_UP + "\\.\\.\\\\",
                            BEFORE_UP
                                + "\\.\\.[\\\\/][^ ]*[\\\\/]?\\b(?:passwd|shadow|id_(?:rsa|dsa|ecdsa|ed25519))",
                            BEFORE_UP + "\\.\\.[\\\\/](?:[^ ]*[\\\\/])?\\.\\w",
                            BEFORE_UP + "\\.\\.[\\\\/][^ ]*\\." + PRIVATE_EXTENSION + NAME_END,
                            BEFORE_UP + "\\.\\.[\\\\/](?:[^ ]*[\\\\/])?" + SETTINGS_FILE + NAME_END,
                            BEFORE_UP
                                + "\\.\\.[\\\\/](?:[^ ]*[\\\\/])?\\.\\.[\\\\/](?:[^ ]*[\\\\/])?"
                                + "(?:index|app|server|main)\\.[cm]?[jt]s"
                                + NAME_END,
                            BEFORE_UP + "\\.\\.[\\\\/][^ ]*\\x00",
                            UP_WITH_PARAMETER)))
            .build(),
        // Relative links, sub-pages and imports contain parent segments as well, so one or two do
        // not block.
        rule("traversal-up", TRAVERSAL)
            .message("A parameter with a parent segment")
            .provenance("CWE-22")
            .severity(Severity.WARNING)
            .when(valuesOf(ARG).matches(any(UP, ENDS_UP)))
            .build(),
        rule("traversal-up-weak", TRAVERSAL)
            .message("A parameter with a parent segment, at a level where this blocks")
            .provenance("CWE-22")
            .paranoia(2)
            .when(valuesOf(ARG).matches(any(UP, ENDS_UP)))
            .build(),
        rule("traversal-repeated", TRAVERSAL)
            .score(LIKELY)
            .message("A path with repeated parent segments")
            .provenance("CWE-22; fuzzdb, path traversal")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:\\.\\.+[\\\\/]+(?:\\.?[\\\\/]+)*){3}",
                        "(?:\\.\\.\\.[\\\\/]\\.[\\\\/]){2}",
                        "(?:" + UP_AND_DOWN + "){2}\\.\\.[\\\\/]",
                        "^(?:[^ ]*[\\\\/=])?(?:" + UP_AND_DOWN + "){2}\\.\\.$",
                        "(?:\\.\\.[!%,/:;?\\\\\\]]{1,4}\\.?){3}",
                        "(?:\\.{2,}[\\\\/]{1,3}){2}(?:etc|proc|var|windows|winnt|boot|usr|home|root|opt|srv|conf|config|logs?|admin)[\\\\/]",
                        "(?:\\.[?%]){2}",
                        "(?:[\\\\/%?]\\.\\.){3}",
                        "\\.{4,}[\\\\/]{2}")))
            .build(),
        rule("traversal-encoded", TRAVERSAL)
            .score(SPECIFIC)
            .message("A parent segment in an unusual encoding")
            .provenance("CVE-2000-0884; fuzzdb, traversal encodings")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:" + DOT + "){2}" + ODD_SLASH,
                        "(?:0x2e|%2e|\\xc0[\\xae.n]?){2}",
                        ODD_SLASH + "(?:" + DOT + "){2}(?:" + SLASH + "|" + ODD_SLASH + ")",
                        "\\xc0[\\xae.][\\\\/]")))
            .build(),
        rule("traversal-system-file", TRAVERSAL)
            .score(LIKELY)
            .proseScores(MENTION, LIKELY)
            .message("A file with accounts or keys")
            .provenance("fuzzdb and SecLists, files worth reading; CWE-200")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\betc[\\\\/]+(?:passwd|shadow|sudoers|master\\.passwd|security/passwd)\\b",
                        "etc"
                            + any(SLASH, ODD_SLASH, "2f", "[^\\w -]{1,3}", "[%\\xc0\\xc1][^ ]{1,4}")
                            + "{1,3}(?:passwd|shadow|issue)\\b",
                        PATH_SO_FAR + SLASH + "\\.ssh" + SLASH,
                        "\\.(?:bash|zsh|mysql|psql)_history\\b",
                        SLASH
                            + "proc[\\\\/]+(?:self|\\d+)[\\\\/]+(?:environ|fd|maps|cmdline|cwd|root|mem|exe|"
                            + "status)")))
            .build(),
        rule("traversal-unix-file", TRAVERSAL)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("A value that is the path of a system file")
            .provenance("Filesystem Hierarchy Standard; fuzzdb, files worth reading")
            .when(
                IN_VALUES.matches(
                    PATH_SO_FAR
                        + any(
                            "etc[\\\\/]+[a-z][\\w.-]*",
                            "[\\\\/]proc[\\\\/]+(?:self|version|cmdline|mounts|net|cpuinfo|meminfo|stat|"
                                + "interrupts|modules|filesystems|partitions|swaps|devices|dma|ioports|locks|"
                                + "uptime|loadavg|kcore|kallsyms|mdstat|sched\\w+|\\d)",
                            "[\\\\/]master\\.passwd",
                            "^/usr/local/\\w+/(?:logs?|conf|etc|var)\\b",
                            "[\\\\/]sys[\\\\/]+(?:class|kernel|devices|fs|block)\\b",
                            "[\\\\/]dev[\\\\/]+(?:null|zero|random|shm|fd|stdin|stdout)\\b",
                            "[\\\\/]run[\\\\/]+(?:secrets[\\\\/]|docker\\.sock)",
                            "[\\\\/]home[\\\\/]+[^\\\\/ ]+[\\\\/]+\\.\\w")
                        + any(
                            "$",
                            "[\\\\/?&;,:\"'#)\\x00<]",
                            "[\\w./\\\\-]*$",
                            "[ ]*$",
                            "[%\\x80-\\xff]")))
            .build(),
        rule("traversal-server-file", TRAVERSAL)
            .message("A log, configuration or program in a server folder")
            .provenance("fuzzdb, files worth reading; Apache, nginx, MySQL and PHP defaults")
            .when(
                IN_VALUES.matches(
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
                        PATH_SO_FAR + "php[\\\\/]+php\\.ini")))
            .build(),
        rule("traversal-windows-file", TRAVERSAL)
            .score(LIKELY)
            .message("A Windows system file")
            .provenance("fuzzdb, files worth reading on Windows")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:win(?:dows|nt)?[\\\\/]+(?:win\\.ini|system32(?:[^\\w-]|$)|system\\.ini|repair|php\\.ini|"
                            + "debug|panther|my\\.ini|iis|explorer|desktop\\.ini|syswow64))",
                        "^[^ ]*(?:\\bboot\\.ini|winnt[\\\\/]|(?:[a-z]:|\\\\|\\.\\.)[\\\\/]*windows[\\\\/]|\\bdesktop\\.ini\\b|"
                            + "\\bwin\\.ini(?:[^\\w-]|$)|ntuser\\.dat|(?:config|repair)[\\\\/]+sam$)",
                        "\\bunattend(?:ed)?\\.xml$",
                        "^/?[c-e]:[\\\\/]+(?:windows|winnt|boot|inetpub|xampp|apache|wamp|program|mysql|php|"
                            + "users[\\\\/][^\\\\/]+[\\\\/]|documents|home|sysprep|oracle|ora\\w+|temp|nginx|"
                            + "minint|i386|autoexec|config\\.sys|pagefile|winnt|\\w+\\.(?:ini|log|conf|txt|bat)|"
                            + "$)",
                        "^\\\\\\\\[\\w.-]+\\\\[\\w$]+")))
            .build(),
        rule("traversal-application-file", TRAVERSAL)
            .message("An application file that must not be served")
            .provenance("OWASP, forced browsing; Java EE, IIS, WordPress and git layouts")
            .when(
                IN_VALUES.matches(
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
                            "\\bphp\\.ini\\b")))
            .build(),
        rule("traversal-file-url", TRAVERSAL)
            .score(LIKELY)
            .message("A URL of a local file")
            .provenance("RFC 8089; CWE-73")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^(?:url[:=])?file:(?:[\\\\/]|\\$|\\w+[\\\\/])",
                        "[\"'=(]file:/{2,3}(?:\\w:|etc|proc|var|windows|home|c)")))
            .build(),
        rule("traversal-remote-file", TRAVERSAL)
            .score(LIKELY)
            .message("A remote file as a parameter, in a form suitable for inclusion")
            .provenance("CWE-98; OWASP, remote file inclusion")
            .when(
                valuesOf(ARG)
                    .matches(
                        any(
                            "^(?:https?|ftps?|file)(?:://[\\w.-]{0,100})?\\?+$",
                            "^(?:ht|f)tps?://[^ ]*(?:\\.txt|\\.php\\d?|\\.gif|\\.jpg|\\.dat|\\.log|/c99\\w*|"
                                + "/r57\\w*|/shell\\w*|/cmd\\w*)(?:\\?+|\\?\\w*|%00|\\x00)$",
                            "^(?:ht|f)tps?://\\d+\\.\\d+\\.\\d+\\.\\d+(?::\\d+)?/[^ ]*\\.(?:txt|php|inc|sh|exe|"
                                + "dat)\\b",
                            "^ftps?://",
                            "^(?:ht|f)tps?://[^ ]*/(?:c99|r57|b374k|webshell|shell)\\b[^ ]*$")))
            .build(),
        rule("traversal-path-weak", TRAVERSAL)
            .message("An absolute path")
            .provenance("CWE-22")
            .paranoia(3)
            .severity(Severity.WARNING)
            .when(valuesOf(ARG, COOKIE).matches(any("^/[a-z]+/[\\w.-]+(?:/|$)", "^[a-z]:[\\\\/]")))
            .build());
  }
}
