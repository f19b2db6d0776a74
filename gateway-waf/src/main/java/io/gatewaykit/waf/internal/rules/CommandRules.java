package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.shell;
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
  private static final String SEPARATOR = "(?:[;|&\\n\\r]+|\\$\\(|`|[<>]\\(|<|%0[ad]|%26|%7c)";

  /** A word or nothing, then the separator: what an injection looks like, unlike a sentence. */
  private static final String INJECTED = "^[^ \\n;|&`]*[ \\t]?" + SEPARATOR + "[ \\t+|&;()]*";

  private static final String BIN = "(?:[\\w./?*\\[\\]${}-]*/)?";

  /** Commands that are no words of a language. */
  private static final String CLEAR_COMMAND =
      any(
          "wget",
          "curl",
          "nslookup",
          "whoami",
          "ifconfig",
          "ipconfig",
          "netstat",
          "uname",
          "chmod",
          "chown",
          "chgrp",
          "(?:ba|z|c|k|tc|da)?sh",
          "nc",
          "ncat",
          "netcat",
          "socat",
          "python[23]?",
          "perl",
          "ruby",
          "php",
          "lua",
          "node",
          "gcc",
          "printenv",
          "systeminfo",
          "sysinfo",
          "netsh",
          "tasklist",
          "taskkill",
          "certutil",
          "bitsadmin",
          "useradd",
          "adduser",
          "passwd",
          "tcpdump",
          "xargs",
          "base64",
          "mkfifo",
          "telnet",
          "crontab",
          "getent",
          "lsof",
          "awk",
          "gawk",
          "sed",
          "printf",
          "ping6?",
          "traceroute",
          "tracert",
          "powershell",
          "pwsh",
          "cmd",
          "ls",
          "dir",
          "cp",
          "mv",
          "rm",
          "rmdir",
          "mkdir",
          "tac",
          "nl",
          "od",
          "xxd",
          "hexdump",
          "strings",
          "egrep",
          "fgrep",
          "grep",
          "tee",
          "pwd",
          "ps",
          "df",
          "du",
          "mysql",
          "mysqldump",
          "psql",
          "sqlite3",
          "sudo",
          "su",
          "ssh",
          "scp",
          "ftp",
          "tftp",
          "rsync",
          "tar",
          "unzip",
          "gunzip",
          "arp",
          "nmap",
          "dig",
          "route",
          "lsb_release",
          "dmesg",
          "uptime",
          "hostname",
          "ipaddr",
          "ifup",
          "wmic",
          "vssadmin",
          "attrib",
          "icacls",
          "schtasks",
          "regsvr32",
          "rundll32",
          "mshta",
          "cscript",
          "wscript",
          "findstr",
          "setx",
          "phpinfo",
          "busybox",
          "nohup",
          "setsid",
          "timeout",
          "reboot",
          "poweroff",
          "ver",
          "vol",
          "env",
          "id",
          "eval",
          "pkill",
          "kill");

  /** Commands that are words too. */
  private static final String WORD_COMMAND =
      any(
          "cat",
          "find",
          "type",
          "more",
          "less",
          "head",
          "tail",
          "time",
          "set",
          "last",
          "which",
          "sleep",
          "net",
          "echo",
          "touch",
          "export",
          "cut",
          "sort",
          "top",
          "who",
          "w",
          "date",
          "shutdown",
          "start",
          "del",
          "copy",
          "move",
          "source",
          "exec",
          "true",
          "false",
          "history",
          "host",
          "service",
          "mount",
          "read",
          "test",
          "at",
          "ip",
          "locate",
          "file",
          "man",
          "split",
          "join",
          "paste",
          "look",
          "rev",
          "cal",
          "free",
          "groups",
          "users",
          "jobs",
          "finger");

  /** What follows a command that somebody means to run. */
  private static final String ARGUMENT =
      "(?:[ \\t]*$|[ \\t]*[;|&`)\\n\\r<>#}]|[ \\t+]+(?:[-/.~$*|&;%\\d?{<>]|https?:|[a-z]:|[\\w.-]+(?:\\.\\w|/|:|=|\\\\)|[\\w-]+[ \\t]*(?:$|[;|&`)\\n#}])|'|\")|[<$+{@*])";

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
                    + "[ \\t]+\\S")
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
                        "(?:id|whoami|uname|ifconfig|ipconfig|netstat|printenv|"
                            + "systeminfo)(?:[ \\t]+-\\w+)?[ \\t]*(?:$|[;|&`)#])",
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
        shell("rce-variable-command")
            .message("A variable set and then run")
            .provenance("POSIX shell, parameter expansion; published bypasses of command filters")
            .matches("(?:^|[;|&^\\n\\r ])[a-z_]\\w*=[^;&|\\n]+[;&|\\n]+[ \\t]*\\$\\{?[a-z_]")
            .build(),
        shell("rce-word-trick")
            .message("A command written so that filters miss it")
            .provenance("Published bypasses: empty expansions, globs, braces, IFS")
            .matches(
                any(
                    "\\w\\$(?:@|\\*|\\(\\)|\\{[^}\\w]*\\}|!)[\\w/]",
                    "/[a-z?*]*[?*][a-z?*]*/[a-z]*[?*][a-z?*]*",
                    "(?:^|[;|&\\n`( ])\\{[\\w./-]+,[^ }]+\\}",
                    "\\$\\{?ifs\\b",
                    "\\w\\$u?[ \\t+]*/etc",
                    "\\$\\{\\w+(?:/[^}]*/|:\\d|:[-~]|\\^\\^|,,|@)[^}]*\\}",
                    "\\b(?:cat|ls|sh|bash|id)[<$]",
                    "\\$\\(\\(",
                    "\\$[({]?(?:path|home|pwd|shell|oldpwd):",
                    "\\bbase64[ \\t]+-+d",
                    "\\brev[ \\t]*<<<",
                    "<<<",
                    "\\bxxd[ \\t]+-r"))
            .build(),
        shell("rce-shell-path")
            .message("The path of a program or device")
            .provenance("Filesystem Hierarchy Standard; bash, /dev/tcp")
            .matches(
                any(
                    "^[^ ]*[ \\t]?/(?:usr/(?:local/)?)?s?bin/\\w",
                    "(?:[;|&`(\\n$<>=]|\\bexec|-[ce])[ \\t]*/(?:usr/(?:local/)?)?s?bin/\\w+",
                    "/dev/(?:tcp|udp)/",
                    "[0-9&>][ \\t]*>[ \\t]*/(?:dev|tmp|etc|var)/",
                    ">[ \\t]*/dev/null[ \\t]*(?:$|[;&2])",
                    "\\b2>&1",
                    "/bin/(?:ba|z|c|k|da)?sh\\b[ \\t]+-[ci]",
                    "\\bcgi-bin/.*/bin/"))
            .build(),
        shell("rce-reverse-shell")
            .message("A shell that calls back, or code on the command line")
            .provenance("PentestMonkey reverse shell cheat sheet; GTFOBins")
            .matches(
                any(
                    "\\bnc(?:at)?[ \\t]+(?:-\\w+[ \\t]+)*(?:-\\w*e|\\d{1,3}(?:\\.\\d{1,3}){3}|"
                        + "[\\w.-]+[ \\t]+\\d{2,5}\\b)",
                    "\\b(?:ba|z|k|da)?sh[ \\t]+-[ic][ \\t]*['\"<>&$({/\\w]",
                    "\\bmkfifo[ \\t]",
                    "\\bsocat[ \\t].*exec:",
                    "\\b(?:wget|curl)[ \\t]+(?:-\\w+[ \\t]+)*https?://[^ ]+[ \\t]*(?:[;&]|"
                        + "\\|[ \\t]*(?:sudo[ \\t]+)?(?:ba|z)?sh\\b|-o\\b|$)",
                    "^(?:wget|curl)[ \\t]+(?:-|https?:|[\\w-]+\\.[\\w.-]+(?:/|:|$))",
                    "\\b(?:python[23]?|perl|ruby|php)[ \\t]+-[cer][ \\t]+['\"(]?(?:import|use|exec|"
                        + "eval|system|require|print|\\$|socket|fork)",
                    "-oproxycommand",
                    "\\bchmod[ \\t]+(?:\\+x|0?[0-7]{3})[ \\t]+[^ ]+[ \\t]*[;&|]",
                    "^chmod[ \\t]"))
            .build(),
        shell("rce-windows")
            .message("A command of Windows")
            .provenance("Microsoft, Windows commands; LOLBAS")
            .matches(
                any(
                    "\\bcmd(?:\\.exe)?[ \\t+]*/[ckr]\\b",
                    "\\bpowershell(?:\\.exe)?[ \\t]+[-/]\\w",
                    "\\bcmd\\.exe\\b",
                    "\\b(?:iex|invoke-expression|invoke-webrequest|new-object)[ \\t(]+",
                    "(?:^|[|&\\n])[ \\t+|&]*dir[ \\t+]+[a-z]:",
                    "%comspec%",
                    "%\\w+:~-?\\d",
                    "~-\\d$",
                    "\\bcertutil(?:\\.exe)?[ \\t]+-",
                    "\\bbitsadmin[ \\t]+/",
                    "\\brundll32",
                    "\\bregsvr32[ \\t]",
                    "^net[ \\t]+(?:user|localgroup|view|share)\\b",
                    "\\bwscript\\.shell",
                    "\\bxp_cmdshell"))
            .build(),
        shell("rce-windows-batch")
            .message("Flow control of Windows batch files")
            .provenance("Microsoft, Windows commands: if, for")
            .matches(
                any(
                    "^@?if[ \\t]+(?:/i[ \\t]+)?(?:not[ \\t]+)?(?:exist\\b|defined\\b|errorlevel\\b|"
                        + "\"?%|\\w+[ \\t]?==)",
                    "^@?for[ \\t]+(?:/[dflr]\\b|%)",
                    "%\\w+%?[ \\t]+(?:equ|neq|leq|geq|lss|gtr)[ \\t]"))
            .build(),
        shell("rce-shellshock")
            .message("A function definition in an environment variable")
            .provenance("CVE-2014-6271")
            .matches(
                any(
                    "\\(\\)[ \\t]*\\{[ \\t]*(?::;|[^a-z0-9]{0,3}_|.{0,10}\\}[ \\t]*;)",
                    "^\\(\\)[ \\t]*\\{"))
            .build(),
        shell("rce-ssi")
            .message("A server-side include")
            .provenance("Apache mod_include; CWE-97")
            .matches(
                any(
                    "<!--[ \\t]*#[ \\t]*(?:exec|include|echo|printenv|config|fsize|flastmod|set|if|"
                        + "elif)\\b",
                    "<esi:(?:include|inline|debug|vars)"))
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
                    "[\\n;][ \\t]*env[ \\t]*;?$"))
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
