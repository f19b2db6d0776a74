// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SHELL;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.RCE;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Windows commands and batch files. */
final class WindowsCommandRules {
  private WindowsCommandRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("rce-windows", RCE)
            .score(LIKELY)
            .message("A Windows command")
            .provenance("Microsoft, Windows commands; LOLBAS")
            .when(
                SHELL.matches(
                    any(
                        "\\bcmd(?:\\.exe)?[ \\t+]*/[ckr]\\b",
                        "\\bpowershell(?:\\.exe)?[ \\t]+[-/]\\w",
                        "\\bcmd\\.exe(?:[^\\w-]|$)",
                        "\\b(?:iex|invoke-expression|invoke-webrequest|new-object)[ \\t(]+",
                        "(?:^|[|&\\n])[ \\t+|&]*dir[ \\t+]+[a-z]:",
                        "%comspec%",
                        "%\\w+:~-?\\d",
                        "~-\\d$",
                        "\\bcertutil(?:\\.exe)?[ \\t]+-",
                        "\\bbitsadmin[ \\t]+/",
                        "\\brundll32(?:\\.exe)?[ \\t]+[\\w.\\\\/-]+,",
                        "\\bregsvr32[ \\t]",
                        "^net[ \\t]+(?:user|localgroup|view|share)\\b",
                        "\\bwscript\\.shell",
                        "\\bxp_cmdshell")))
            .build(),
        rule("rce-windows-batch", RCE)
            .score(LIKELY)
            .message("Flow control of a Windows batch file")
            .provenance("Microsoft, Windows commands: if, for")
            .when(
                SHELL.matches(
                    any(
                        "^@?if[ \\t]+(?:/i[ \\t]+)?(?:not[ \\t]+)?(?:exist\\b|defined\\b|errorlevel\\b|"
                            + "\"?%|\\w+[ \\t]?==)",
                        "(?:^|[;|&(])[ \\t]*@?for[ \\t]+(?:/[dflr]\\b|%)",
                        "[|&][ \\t]*@?if[ \\t]+(?:/i[ \\t]+)?(?:not[ \\t]+)?(?:exist|defined|errorlevel)\\b",
                        "%\\w+%?[ \\t]+(?:equ|neq|leq|geq|lss|gtr)[ \\t]")))
            .build());
  }
}
