package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.internal.rules.RuleShapes.shell;
import static io.gatewaykit.waf.rule.RuleFamily.RCE;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Shell commands and code of Node.js, Java, Ruby and Python. */
final class CommandRules {
  private static final String COMMANDS =
      "(?:cat|ls|id|whoami|uname|wget|curl|ping|nslookup|dig|nc|ncat|bash|sh|zsh|python[23]?|perl|ruby"
          + "|php|sleep|echo|printf|ifconfig|ipconfig|netstat|net|dir|type|ps|pwd|rm|touch|chmod"
          + "|powershell|cmd|set|env|printenv|systeminfo|head|tail|more|less|nl|tac|find|grep|awk"
          + "|reboot|shutdown|telnet|sqlite3|vol|ver|which|export|hostname|timeout)";

  private CommandRules() {}

  static List<Rule> rules() {
    return List.of(
        shell("rce-separator")
            .matches(
                "(?:[;|&\\n\\r]|(?:^|[=|;&$'\"/])`|\\$\\(|<\\(|>\\() ?(?:[\\w./?*\\[\\]-]*/)?"
                    + COMMANDS
                    + "(?:$|[ ]?[;|&`)\\n#<>]|[ ]+(?:[-/.~$*|&;%'\"\\d]|https?:|\\w+\\.\\w|etc|/|\\w+$))")
            .build(),
        shell("rce-command")
            .matches(
                "/(?:usr/(?:local/)?)?s?bin/(?:\\w*sh|cat|id|ls|nc|\\w+)|/dev/(?:tcp|udp)/|\\bcmd(?:\\.exe)? ?/[ckr]\\b|\\bpowershell(?:\\.exe)? -|\\b(?:wget|curl) (?:-\\w+ )*https?://|\\bbash -[ic]\\b|\\bnc (?:-\\w+ )+|\\bchmod (?:\\+x|0?777)|\\(\\) ?\\{ ?:?.{0,10};|<!--# ?(?:exec|include|echo|printenv|config|fsize)|^(?:cat|type|more|less|head|tail) [/c]|^/bin/|cmd\\.exe|system32")
            .build(),
        everywhere("rce-code", RCE)
            .matches(
                "\\bjavax?\\.(?:lang|io|net|util|script)\\.\\w+|getruntime ?\\(|\\bprocessbuilder\\b|require ?\\( ?[\"'`](?:child_process|fs|os|net|vm)|child_process|__import__ ?\\(|\\bsubprocess\\.|\\bos\\.(?:system|popen|exec\\w*|listdir) ?\\(|\\bclass\\.(?:module|classloader)|@?ognl\\.|%x[({\\[]|\\bio\\.popen|new function ?\\(|__proto__|constructor\\.prototype|spawn(?:sync)? ?\\( ?[\"']|\\bkernel\\.|\\bprocess\\.(?:mainmodule|binding|env|exit)|aced0005|\\bro0ab|\\bexec(?:sync)? ?\\( ?[\"'`]|^ ?`[^`]+` ?$|^[|] ?\\w+|\\bopen ?\\( ?[\"']\\||_\\$\\$nd_func")
            .build());
  }
}
