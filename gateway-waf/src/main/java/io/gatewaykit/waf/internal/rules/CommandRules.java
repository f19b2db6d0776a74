// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.words;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SHELL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.narrowed;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.BARE_WORDS;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.BIN;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.CLEAR_ARGUMENT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.CLEAR_COMMAND;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.INJECTED;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.LINE_ARGUMENT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.NEXT_LINE;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.SHELL_ARGUMENT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.TIGHT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.WORD_ARGUMENT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.WORD_COMMAND;
import static io.gatewaykit.waf.rule.RuleFamily.RCE;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/**
 * Unix and Windows shell commands. Many commands are English words or occur in questions of
 * learners. A command therefore matches only in a position typical of an injection: after a
 * separator near the start of the value, or with arguments that only a shell accepts. Quotes,
 * backslashes and carets inside words have been removed, but line breaks have not.
 */
final class CommandRules {
  /**
   * Commands by which an attacker verifies code execution or its user. Others are quoted in prose.
   */
  private static final String PROBE =
      words(
          """
          id whoami uname ls pwd cat ping sleep curl wget nc ncat netcat nslookup dig host ifconfig
          ipconfig netstat ps env printenv echo printf touch rm cp mv chmod bash sh python[23]? perl
          ruby php expr uptime hostname head tail find grep base64 telnet socat w who date timeout
          dir type ver systeminfo tasklist set getent lsb_release
          """);

  private static final String NETWORK_OPTIONS = "[ \\t+]+(?:-[\\w-]+[ \\t]+(?:\\d+[ \\t]+)?)*";

  private static final String HOST =
      "(?:https?://|\\d{1,3}\\.\\d{1,3}\\.\\d|[\\w-]+\\.[\\w-]+\\.[\\w-]+|localhost|`|\\$)";

  private CommandRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("rce-injected-command", RCE)
            .score(LIKELY)
            .message("A command after a separator at the start of a value")
            .provenance("CWE-78; OWASP command injection")
            .when(
                SHELL.matches(
                    any(
                        INJECTED
                            + BIN
                            + any(CLEAR_COMMAND + CLEAR_ARGUMENT, WORD_COMMAND + WORD_ARGUMENT),
                        TIGHT + WORD_COMMAND + BARE_WORDS,
                        "^<[ \\t]*" + BIN + CLEAR_COMMAND + "(?:[ \\t][^<>]{0,80})?;",
                        NEXT_LINE + BIN + any(CLEAR_COMMAND, WORD_COMMAND) + LINE_ARGUMENT)))
            .build(),
        rule("rce-injected-program", RCE)
            .score(LIKELY)
            .message("A program with shell arguments after a separator")
            .provenance("CWE-78; GTFOBins")
            .when(
                SHELL.matches(
                    any(
                        INJECTED
                            + BIN
                            + "[a-z_][\\w.+-]*(?:[ \\t]+[\\w.:@%,+=-]+){0,2}[ \\t]+-[a-z][\\w-]*(?:[ \\t=]|$)",
                        any(INJECTED, NEXT_LINE)
                            + BIN
                            + "[a-z_][\\w.+-]*"
                            + any(
                                "(?:[ \\t]+[\\w.:@%,+=-]+){0,2}[ \\t]+--[a-z][\\w-]*(?:[ \\t=]|$)",
                                "(?:[ \\t]+[\\w.:@%,+-]+)?[ \\t]+(?:[\\w-]+=)?['\"]?(?:/[\\w.-]+/|\\.\\.?/|~/|"
                                    + "\\$[\\w({]|file://)",
                                "(?:[ \\t]+[\\w.-]+){0,2}[ \\t]*>{1,2}[ \\t]*[/~.\\w]",
                                "[ \\t].{0,40}\\brm[ \\t]+-[rf]"))))
            .build(),
        rule("rce-injected-administration", RCE)
            .score(LIKELY)
            .message("An administration or attack program after a separator")
            .provenance("Microsoft, Windows commands; LOLBAS; GTFOBins")
            .when(
                SHELL.matches(
                    INJECTED
                        + BIN
                        + any(
                            words(
                                """
                                netsh wget curl nslookup ping certutil powershell bitsadmin useradd
                                chmod chown wmic ifconfig ipconfig schtasks vssadmin icacls rundll32
                                """),
                            "reg (?:query|add|save|export|delete)",
                            "sc (?:query|config|create|stop)",
                            // Programs whose names are words or short, with their subcommands
                            "(?:go|deno|bun|uv|dotnet|cargo|poetry|conda) (?:run|install|add|exec|build|test|"
                                + "eval|repl|[\\w./-]+\\.(?:js|ts|go|py|mjs))",
                            "(?:terraform|pulumi|ansible|vagrant|nomad|consul|vault|oc|flux|argocd|crictl|"
                                + "ctr|nerdctl) [a-z-]{2,12}",
                            "systemd-run",
                            "format [a-z]:",
                            "init [0-6]",
                            "net (?:user|localgroup|view|share|group|start|use|stop)(?:[ \\t]*$|\\b)")
                        + "(?:[ \\t]+[^ ]|$)"))
            .build(),
        rule("rce-injected-syntax", RCE)
            .score(LIKELY)
            .message("Shell syntax after a separator at the start of a value")
            .provenance("POSIX shell, compound commands, redirection and special parameters")
            .when(
                SHELL.matches(
                    any(INJECTED, NEXT_LINE)
                        + any(
                            "if\\b[^;\\n]{0,80}[;\\n]+[ \\t]*then\\b",
                            "(?:while|until|for|select)\\b[^;\\n]{0,80}[;\\n]+[ \\t]*do\\b",
                            "coproc[ \\t]+\\w",
                            "cd[ \\t]+[/~][^ ]*[;|&]",
                            "function[ \\t]+\\w+[ \\t]*(?:\\([ \\t]*\\)[ \\t]*)?\\{",
                            // Variables that change the meaning of a later command
                            "(?:path|ld_\\w+|bash_env|env|ps4|prompt_command|pythonpath|node_options|"
                                + "perl5opt|rubyopt|git_\\w+)=",
                            // A program whose path is a glob or has an unset variable
                            "/[\\w?*\\[\\]]*[?*$][\\w?*\\[\\]$]*/",
                            "case[ \\t]+[^ ]{1,40}[ \\t]+in\\b[^)]{0,40}\\)",
                            "trap[ \\t]+[^ ]+[ \\t]+\\w",
                            "\\.[ \\t]+['\"]?[~/\\w.-]*/",
                            "\\$0(?:[ \\t]|$)",
                            "!![ \\t]*(?:$|[;|&])",
                            "\\$\\{?[a-z_]\\w*\\}?(?:[ \\t]+[-/.$\\w]|[ \\t]*(?:[;|&]|$))",
                            "[\\w-]*\\([ \\t]*\\)[ \\t]*\\{",
                            "\\[{1,2}[ \\t].{1,40}[ \\t]\\]",
                            // $'\x63' without its quotes
                            "\\$x[0-9a-f]{2}")))
            .build(),
        rule("rce-injected-redirection", RCE)
            .score(LIKELY)
            .message("A redirection after a separator at the start of a value")
            .provenance("POSIX shell, redirection")
            .when(
                SHELL.matches(
                    "^[^ \\n;|&`<>]*[;|&]+[ \\t]*\\d?>{1,2}&?[ \\t]*(?:[/~$]|[\\w.-]+[ \\t]*$)"))
            .build(),
        rule("rce-piped-command", RCE)
            .message("A command with arguments after a separator")
            .provenance("CWE-78; GTFOBins")
            .when(
                SHELL.matches(
                    any("[;|&]", "\\$\\(", "[<>]\\(", "^[^\\n\\r]{0,80}[\\n\\r]+")
                        + "[ \\t]*"
                        + BIN
                        + any(
                            any(
                                    "cat", "tac", "nl", "head", "tail", "more", "less", "type",
                                    "ls", "dir", "rm", "cp", "mv", "grep", "find", "strings", "od")
                                + "[ \\t+]+(?:-[\\w-]+[ \\t]+)*(?:/(?:etc|proc|var|home|root|usr|tmp|bin|dev)\\b|"
                                + "[a-z]:[\\\\/]|\\$home|\\.\\./|/ *$|/[ \\t;|&])",
                            any(
                                    "wget",
                                    "curl",
                                    "nc",
                                    "ncat",
                                    "telnet",
                                    "nslookup",
                                    "dig",
                                    "host",
                                    "tftp",
                                    "ftp")
                                + NETWORK_OPTIONS
                                + HOST,
                            // Not "&& ping 1.1.1.1 both work"
                            "ping"
                                + NETWORK_OPTIONS
                                + HOST
                                + "[^ \\t]*(?:[;|&`)\\n]|[ \\t]+[^ \\ta-z]|[ \\t]*$)",
                            "sleep[ \\t+]+\\d+",
                            "id[ \\t]*[|&`)#>]", // not "; id;", Indonesian in browsers' names
                            "(?:id[ \\t]+-\\w+|whoami|uname|ifconfig|ipconfig|netstat|printenv|"
                                + "systeminfo)(?:[ \\t]+-\\w+)?[ \\t]*(?:$|[;|&`)#>])",
                            "(?:(?:ba|z|c|k|da)?sh|python[23]?|perl|ruby|php|"
                                + "node)[ \\t]+-[a-z]{1,3}[ \\t]*['\"({$/\\w]",
                            "(?:rm|chmod|chown)[ \\t]+-?[\\w+]+[ \\t]+[/.~$]")))
            .build(),
        rule("rce-backquote", RCE)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("A value that is a command substitution")
            .provenance("POSIX shell, command substitution")
            .when(
                SHELL.matches(
                    any(
                        "^[^`\\n ]*`+[ \\t]*" + BIN + PROBE + "\\b[^`]*`[^` ]*$",
                        "^[^`\\n ]+`+[ \\t]*(?:aws|az|gcloud|kubectl|docker|podman|helm|terraform)[ \\t][^`]*`[^` ]*$",
                        "[=;&$]`[ \\t]*" + BIN + PROBE + "\\b[^`]*`",
                        "^[\\w./-]{0,20}\\$\\([^)]+\\)",
                        "\\$\\(\\(?\\$")))
            .build(),
        rule("rce-command-only", RCE)
            .message("A value that is a command")
            .provenance("OWASP command injection; fuzzdb")
            .when(
                SHELL.matches(
                    any(
                        "^[ \\t]*(?:(?:cat|type|more|less|head|tail|ls|dir|rm|vi|nano|tac)"
                            + "(?:[ \\t]+-\\w+)*(?:[ \\t]+(?:/|[a-z]:[\\\\/]|~/|\\.\\./|\\$\\{|%\\w+%)[^ ]*)+"
                            + "[ \\t]*(?:$|[;|&>\\n])|(?:ping|"
                            + "nslookup|traceroute)[ \\t]+(?:-\\w+[ \\t]+)+|(?:sleep|timeout)[ \\t]+\\d+[ \\t]*$|"
                            + "alias[ \\t]+\\w+=\\w|nohup[ \\t]|export[ \\t]+\\w+=|sudo[ \\t]|uname[ \\t]+-|"
                            + "(?:/usr)?/s?bin/|ifconfig|ipconfig[ \\t]*(?:/all)?[ \\t]*$|whoami[ \\t]*$|"
                            + "systeminfo[ \\t]*$|net[ \\t]+user\\b|exec[ \\t]+/)",
                        "^[ \\t+|&]{1,6}dir[ \\t+]+[a-z]:",
                        "^(?:chef|ansible|aa|apt|dpkg|yum|rpm|systemctl|docker|kubectl|npm|pip3?|"
                            + "gem)-?\\w*[ \\t]+-?-?(?:install|exec|run|list|get|update|remove|"
                            + "inventory)?[ \\t]*-[\\w-]+[ \\t]*[\\n;&|]",
                        "[\\n;][ \\t]*env[ \\t]*;?$",
                        "^[;|&]?n?(?:id|ls|pwd|whoami|uname)n?[;|&]$",
                        "^(?:[;|&]n?|n)(?:id|ls|pwd|whoami|uname)n?$",
                        "\\|[ \\t]*(?:/[\\w/]*/)?(?:ba|da|z|k|c|tc)?sh[ \\t]*$")))
            .build(),
        rule("rce-escaped-command", RCE)
            .score(LIKELY)
            .message("A value that is a command after a backslash, which bypasses aliases")
            .provenance("POSIX shell, alias substitution")
            .when(EVERYWHERE.matches("^\\\\" + CLEAR_COMMAND + "(?:$|[ ;|&])"))
            .build(),
        rule("rce-command-weak", RCE)
            .message("A value that starts with a command and a shell argument")
            .provenance("CWE-78")
            .paranoia(2)
            .when(
                narrowed(SHELL, Target.ARG, Target.COOKIE)
                    .matches("^[ \\t]*" + BIN + CLEAR_COMMAND + SHELL_ARGUMENT))
            .build(),
        rule("rce-word-weak", RCE)
            .message("A command alone, or a cmd variable that contains one")
            .provenance("InfoSecWarrior, OS command injection, by shape")
            .paranoia(2)
            .when(
                narrowed(SHELL, Target.ARG, Target.COOKIE)
                    .matches(
                        any(
                            "^(?:uname|whoami|ifconfig|ipconfig|netstat|systeminfo|hostname|tasklist|printenv|arp|dir|pwd)"
                                + "(?: [/-][\\w/-]{1,12})*$",
                            "^which (?:gcc|cc|python\\d?|wget|curl|perl|ruby|php|java|nc|ncat|netcat|bash|ssh|socat)$",
                            "^[!%](?:id|whoami|dir|ver|set|cmd|path|comspec|systemroot)[!%]?$",
                            "^reg (?:add|query|delete|save) ",
                            "^(?:net (?:user|view|localgroup|share|start)|wmic |sc (?:query|config) )")))
            .build(),
        rule("rce-separator-weak", RCE)
            .message("A command after a separator")
            .provenance("CWE-78")
            .paranoia(2)
            .when(SHELL.matches("(?:[;|&]|\\$\\()[ \\t]*" + BIN + CLEAR_COMMAND + CLEAR_ARGUMENT))
            .build(),
        rule("rce-sign-weak", RCE)
            .message("Shell metacharacters")
            .provenance("POSIX shell, operators")
            .paranoia(3)
            .when(
                narrowed(SHELL, Target.ARG, Target.COOKIE)
                    .matches(
                        any(
                            "\\$\\([\\w ]",
                            "\\$\\{",
                            "(?:\\|\\||&&) ?[a-z]",
                            "^[^`]{0,20}`[^`]*`?$",
                            "[<>]\\([a-z]")))
            .build());
  }
}
