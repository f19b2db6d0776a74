package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.shell;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.ARGUMENT;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.BIN;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.CLEAR_COMMAND;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.INJECTED;
import static io.gatewaykit.waf.internal.rules.ShellGrammar.WORD_COMMAND;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Commands of Unix and Windows shells. Many commands are English words, and learners talk about
 * them; so a command counts where an injection puts it: behind a separator near the start of the
 * value, or with arguments that only a shell takes. Quotes, backslashes and carets inside words
 * have been removed before, line breaks have not.
 */
final class CommandRules {
  private CommandRules() {}

  static List<Rule> rules() {
    return List.of(
        shell("rce-injected-command")
            .message("A command behind a separator at the start of a value")
            .provenance("CWE-78; OWASP command injection")
            .matches(INJECTED + BIN + any(CLEAR_COMMAND, WORD_COMMAND) + ARGUMENT)
            .build(),
        shell("rce-injected-program")
            .message("A program with words as arguments behind a separator at the start of a value")
            .provenance("CWE-78")
            .matches(
                any(
                    "^[^ \\n;|&`]{0,40}[;|&]+[ \\t]*[a-z][\\w.-]*[ \\t]+--?[a-z][\\w-]*(?:[ \\t=]|$)",
                    "^[^ \\n;|&`]{0,40}[;|&\\n]+[ \\t]*\\w+[ \\t].{0,40}\\brm[ \\t]+-[rf]",
                    "^[^ \\n]*[ \\t]?(?:[;|&\\n\\r]+|\\$\\(|`)[ \\t]*"
                        + BIN
                        + any(
                            "netsh",
                            "wget",
                            "curl",
                            "nslookup",
                            "ping",
                            "certutil",
                            "powershell",
                            "bitsadmin",
                            "useradd",
                            "chmod",
                            "chown",
                            "net (?:user|localgroup|view|share|group|start)",
                            "reg (?:query|add)",
                            "sc (?:query|config)",
                            "wmic",
                            "ifconfig",
                            "ipconfig")
                        + "[ \\t]+\\S"))
            .build(),
        shell("rce-piped-command")
            .message("A command with arguments behind a separator")
            .provenance("CWE-78; GTFOBins")
            .matches(
                "(?:[;|&\\n\\r]|\\$\\(|`|&&|[<>]\\()[ \\t]*"
                    + BIN
                    + any(
                        any(
                                "cat", "tac", "nl", "head", "tail", "more", "less", "type", "ls",
                                "dir", "rm", "cp", "mv", "grep", "find", "strings", "od")
                            + "[ \\t+]+(?:-[\\w-]+[ \\t]+)*(?:/(?:etc|proc|var|home|root|usr|tmp|bin|dev)\\b|"
                            + "[a-z]:[\\\\/]|\\$home|\\.\\./|/ *$|/[ \\t;|&])",
                        any(
                                "wget",
                                "curl",
                                "nc",
                                "ncat",
                                "telnet",
                                "nslookup",
                                "ping",
                                "dig",
                                "host",
                                "tftp",
                                "ftp")
                            + "[ \\t+]+(?:-[\\w-]+[ \\t]+(?:\\d+[ \\t]+)?)*(?:https?://|"
                            + "\\d{1,3}\\.\\d{1,3}\\.\\d|[\\w-]+\\.[\\w-]+\\.[\\w-]+|localhost|`|\\$)",
                        "sleep[ \\t+]+\\d+",
                        "id[ \\t]*(?:$|[|&`)#>])", // not "; id;", Indonesian in browsers' names
                        "(?:id[ \\t]+-\\w+|whoami|uname|ifconfig|ipconfig|netstat|printenv|"
                            + "systeminfo)(?:[ \\t]+-\\w+)?[ \\t]*(?:$|[;|&`)#>])",
                        "(?:(?:ba|z|c|k|da)?sh|python[23]?|perl|ruby|php|"
                            + "node)[ \\t]+-[a-z]{1,3}[ \\t]*['\"({$/\\w]",
                        "(?:rm|chmod|chown)[ \\t]+-?[\\w+]+[ \\t]+[/.~$]"))
            .build(),
        shell("rce-backquote")
            .message("A value that is a command substitution")
            .provenance("POSIX shell, command substitution")
            .matches(
                any(
                    "^[^`\\n ]*`[ \\t]*"
                        + BIN
                        + any(CLEAR_COMMAND, WORD_COMMAND)
                        + "[ \\t;|&]*[^`]*`[^` ]*$",
                    "[=;&$]`[ \\t]*" + BIN + any(CLEAR_COMMAND, WORD_COMMAND) + "\\b[^`]*`",
                    "^[\\w./-]{0,20}\\$\\([^)]+\\)",
                    "\\$\\(\\(?\\$",
                    "^`[^` ]+`$"))
            .build(),
        shell("rce-command-only")
            .message("A value that is a command")
            .provenance("OWASP command injection; fuzzdb")
            .matches(
                any(
                    "^[ \\t]*(?:(?:cat|type|more|less|head|tail|ls|dir|rm|vi|nano|"
                        + "tac)[ \\t]+(?:-\\w+[ \\t]+)*(?:/|[a-z]:[\\\\/]|~/|\\.\\./|\\$\\{)|(?:ping|"
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
                    "^[;|&]n?(?:id|ls|pwd|whoami|uname)n?$",
                    "\\|[ \\t]*(?:/[\\w/]*/)?(?:ba|da|z|k|c|tc)?sh[ \\t]*$"))
            .build(),
        shell("rce-separator-weak")
            .message("A command behind a separator")
            .provenance("CWE-78")
            .severity(WARNING)
            .paranoia(2)
            .matches("(?:[;|&\\n`]|\\$\\()[ \\t]*" + BIN + CLEAR_COMMAND + "\\b")
            .build());
  }
}
