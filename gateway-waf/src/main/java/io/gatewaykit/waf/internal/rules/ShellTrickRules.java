// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SHELL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.RCE;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import java.util.List;

/**
 * Obfuscated shell code and indirect execution: expansions, paths, reverse shells, server-side
 * includes.
 */
final class ShellTrickRules {
  private ShellTrickRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("rce-variable-command", RCE)
            .score(SPECIFIC)
            .message("A variable that is set and then executed")
            .provenance("POSIX shell, parameter expansion; published bypasses of command filters")
            .when(
                SHELL.matches(
                    "(?:^|[;|&^\\n\\r ])[a-z_]\\w*=[^;&|\\n]+[;&|\\n]+[ \\t]*\\$\\{?[a-z_]"))
            .build(),
        rule("rce-word-trick", RCE)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("A command obfuscated against filters")
            .provenance("Published bypasses: empty expansions, globs, braces, IFS")
            .when(
                SHELL.matches(
                    any(
                        "\\w\\$(?:@|\\*|\\(\\)|\\{[^}\\w]*\\}|!)[\\w/]",
                        // Not src/**/*.js, which lists files
                        "/[a-z?*]*[?*][a-z?*]*/[a-z]*\\?",
                        "/(?:[a-z?]+\\*|\\*+[a-z?]|\\?)[a-z?*]*/[a-z]*\\*",
                        "/\\*/[a-z]+\\*",
                        "(?:^|[;|&\\n`( ])\\{[\\w./-]+,[^ }]+\\}",
                        "\\w\\$u?[ \\t+]*/etc",
                        "\\$\\{\\w+(?:/[^}]*/|:\\d|:[-~]|\\^\\^|,,|@)[^}]*\\}",
                        "\\b(?:cat|ls|sh|bash|id)[<$]",
                        "\\$\\(\\(",
                        "\\$[({]?(?:path|home|pwd|shell|oldpwd):",
                        "\\bbase64[ \\t]+-+d",
                        "\\brev[ \\t]*<<<",
                        "<<<",
                        "\\bxxd[ \\t]+-r")))
            .build(),
        rule("rce-shell-path", RCE)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("The path of a program or device")
            .provenance("Filesystem Hierarchy Standard; bash, /dev/tcp")
            .when(
                SHELL.matches(
                    any(
                        "^[^ /]*[ \\t]?/(?:usr/(?:local/)?)?s?bin/\\w",
                        "(?:[;|&`(\\n$<>=]|\\bexec|-[ce])[ \\t]*/(?:usr/(?:local/)?)?s?bin/\\w+",
                        "/dev/(?:tcp|udp)/",
                        "[0-9&>][ \\t]*>[ \\t]*/(?:dev|tmp|etc|var)/",
                        ">[ \\t]*/dev/null[ \\t]*(?:$|[;&2])",
                        "\\b2>&1",
                        "/bin/(?:ba|z|c|k|da)?sh\\b[ \\t]+-[ci]",
                        "\\bcgi-bin/.*/bin/")))
            .build(),
        rule("rce-field-separator", RCE)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("The variable that a shell replaces by a space")
            .provenance("POSIX shell, field splitting; published bypasses of space filters")
            .when(EVERYWHERE.matches("\\$\\{?ifs\\b"))
            .build(),
        rule("rce-argument", RCE)
            .score(LIKELY)
            .message("A value that is an option which runs a command or reads a file")
            .provenance("CWE-88; Sonar, argument injection vectors")
            .when(
                SHELL.matches(
                    "^-{1,2}(?:upload-pack|receive-pack|to-command|checkpoint-action|"
                        + "use-compress-program|exec-path|config-env|open-files-in-pager|post-file|"
                        + "use-askpass|rsh|o?proxycommand)[= ]"))
            .build(),
        rule("rce-reverse-shell", RCE)
            .score(SPECIFIC)
            .message("A reverse shell, or code on the command line")
            .provenance("PentestMonkey reverse shell cheat sheet; GTFOBins")
            .when(
                SHELL.matches(
                    any(
                        "\\bnc(?:at)?[ \\t]+(?:-\\w+[ \\t]+)*(?:-\\w*e|\\d{1,3}(?:\\.\\d{1,3}){3}|"
                            + "[\\w.-]+[ \\t]+\\d{2,5}\\b)",
                        "\\b(?:ba|z|k|da)?sh[ \\t]+-[ic][ \\t]*['\"<>&$({/\\w]",
                        "\\bmkfifo[ \\t]",
                        "\\bsocat[ \\t].*exec:",
                        "\\b(?:wget|curl)[ \\t]+(?:-\\w+[ \\t]+)*https?://[^ ]+[ \\t]*(?:[;&]|"
                            + "\\|[ \\t]*(?:sudo[ \\t]+)?(?:ba|z)?sh\\b|-o\\b|$)",
                        "^(?:wget|curl)[ \\t]+(?:-|(?:https?:)?[\\w.:/%@?&=+~-]+[ \\t]*$)",
                        "\\b(?:python[23]?|perl|ruby|php)[ \\t]+-[cer][ \\t]+['\"(]?(?:import|use|exec|"
                            + "eval|system|require|print|\\$|socket|fork)",
                        "-oproxycommand",
                        "\\bchmod[ \\t]+(?:\\+x|0?[0-7]{3})[ \\t]+(?:[^ ]*[^ ;&|][;&|]+[^ ;&|]|/[^ ]+[ \\t]*[;&|])",
                        "^chmod[ \\t]+(?:-\\w+[ \\t]+)*(?:[ugoa]*[+=-][rwxst]+|[0-7]{3,4})(?:[ \\t]+[^ ;&|]+)*[ \\t]*$")))
            .build(),
        rule("rce-shellshock", RCE)
            .score(SPECIFIC)
            .message("A function definition in an environment variable")
            .provenance("CVE-2014-6271")
            .when(
                SHELL.matches(
                    any(
                        "\\(\\)[ \\t]*\\{[ \\t]*(?::;|[^a-z0-9]{0,3}_|.{0,10}\\}[ \\t]*;)",
                        "^\\(\\)[ \\t]*\\{")))
            .build(),
        rule("rce-ssi", RCE)
            .score(SPECIFIC)
            .message("A server-side include")
            .provenance("Apache mod_include; CWE-97")
            .when(
                SHELL.matches(
                    any(
                        "<!--[ \\t]*#[ \\t]*(?:exec|include|echo|printenv|config|fsize|flastmod|set|if|"
                            + "elif)\\b",
                        "<esi:(?:include|inline|debug|vars)")))
            .build());
  }
}
