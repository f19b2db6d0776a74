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
import static io.gatewaykit.waf.rule.RuleFamily.RCE;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.COOKIE;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Code of Java, Node.js, Ruby, Python and classic ASP, and payloads of their deserializers. */
final class CodeRules {
  private CodeRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("rce-java", RCE)
            .score(LIKELY)
            .message("Java classes that run code")
            .provenance("CVE-2017-5638, CVE-2022-22965, CVE-2022-22963; OGNL and SpEL")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\bjava\\.(?:lang\\.(?:runtime|processbuilder|class|system|thread|reflect|"
                            + "string\\b.*\\.(?:getruntime|exec))|beans)",
                        // These names occur in prose. An injection instantiates or calls them.
                        "\\bjava\\.(?:io\\.(?:file|inputstream|buffered)|net\\.(?:url|socket)|"
                            + "util\\.(?:scanner|hashmap|base64))[\\w.$]*[ \"']?[()]",
                        "\\bjavax\\.(?:script|naming|management|servlet\\.(?:http|context|include|forward))\\b",
                        "\\bgetruntime ?\\(\\)? ?\\)? ?\\. ?(?:exec|load)",
                        "[\"']getruntime[\"']",
                        "\\bruntime\\.exec",
                        "\\bstruts2\\.context\\b",
                        "\\bfindvalue ?\\(",
                        "#(?:attr|application|parameters|session) ?\\[",
                        "@[a-z]+(?:\\.\\w+)+@\\w",
                        "[\"'\\])]\\.execute ?\\(\\)",
                        "\\bthrow new [\\w.]*exception ?\\(",
                        "[\"']\\.decodebase64 ?\\(",
                        "\\bprocessbuilder\\b.*(?:start|\\()",
                        "\\bclass\\.(?:module|classloader|forname)",
                        "@?ognl\\.",
                        "#_?memberaccess",
                        "#context\\[",
                        "\\bl?com\\.(?:sun\\.(?:org\\.apache|rowset|jndi)|opensymphony|mchange|zaxxer|"
                            + "alibaba\\.fastjson)\\b",
                        "\\bl?org\\.apache\\.(?:commons\\.(?:collections|configuration|beanutils|io|dbcp)|"
                            + "xalan|bcel|struts2|catalina|tomcat|shiro|ibatis|velocity|logging)",
                        "\\borg\\.springframework\\.(?:beans|context|core|expression|aop|cglib|util)\\b",
                        "\\borg\\.(?:codehaus\\.groovy|hibernate|mozilla\\.javascript|jboss|"
                            + "python\\.core)\\b\\.\\w",
                        "\\bt\\(java",
                        "\\bgetclass\\(\\)",
                        "\\bscriptenginemanager",
                        "\\bclassloader\\.",
                        "\\bworkcontext\\b.*<",
                        "<java(?: |>).*class=",
                        "(?:>|=[\"'])javax?\\.(?:io|lang|util|net|nio)\\.[\\w.]+[<\"']",
                        "(?:>|=[\"'])processbuilder\\b",
                        "^[^ ]*\\bprocessbuilder(?:[^\\w.]|\\.(?:[^h]|$)|$)")))
            .build(),
        rule("rce-serialized", RCE)
            .score(SPECIFIC)
            .message("A serialized object that executes code when deserialized")
            .provenance(
                "ysoserial; phpggc; CVE-2013-0156; PyYAML and SnakeYAML tags; node-serialize, CVE-2017-5941")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\baced0005",
                        "\\bro0ab",
                        "\\xac\\xed\\x00?\\x05",
                        "\\bkztabxi",
                        "_\\$\\$nd_func",
                        "!!(?:python|java|javax|ruby|org|com|sun|perl|tag:)[/.:]",
                        "! ?ruby/",
                        "!ruby/(?:object|hash|struct|array|exception|sym|range)",
                        "!!js/function",
                        "\\bcos\\W{1,2}system",
                        "\\bc__builtin__",
                        "\\baaeaaad//",
                        "\\$type[\"'] ?: ?[\"'](?:system|microsoft)\\.",
                        "\\bsystem\\.(?:windows|configuration\\.install|diagnostics\\.process|"
                            + "data\\.services|management\\.automation)",
                        "\\bobjectdataprovider\\b",
                        "\\btypeconfusedelegate",
                        "\\b__viewstate\\b.{0,20}ffec",
                        "\\byvtvt",
                        "\\bgasv[a-z0-9]{4}",
                        "^bah[ov][\\w+/]{16,}=*$")))
            .build(),
        rule("rce-node", RCE)
            .score(LIKELY)
            .message("Node.js code that runs commands or reads files")
            .provenance("Node.js manual, child_process, vm, process; CVE-2019-7609")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\brequire ?\\( ?[\"'`](?:node:)?(?:child_process|fs|os|net|vm|http|path|crypto|"
                            + "cluster|repl|module)\\b",
                        "\\bchild_process\\b",
                        "\\bprocess\\.(?:mainmodule|binding|exit ?\\(|kill ?\\(|dlopen|cwd ?\\()",
                        "(?:^|[(\\[{=,;] ?)process\\.(?:env|argv) ?(?:$|[)\\]},;])",
                        "\\bglobal(?:this)? ?\\[ ?[\"'`]",
                        "\\[ ?[\"'`]\\w{1,12}[\"'`] ?\\+ ?[\"'`]\\w{1,12}[\"'`] ?\\]",
                        "\\bglobal\\.process",
                        "\\bspawn(?:sync)? ?\\( ?[\"'`]",
                        "\\bexec(?:file)?sync ?\\(",
                        "\\bnew function ?\\(",
                        "\\bmodule\\.(?:constructor|_load)",
                        "\\bfs\\.(?:read|write|append|unlink)\\w* ?\\(",
                        "\\breflect\\.(?:get|apply|construct) ?\\(",
                        "\\bimport ?\\( ?[\"'`](?:child_process|fs|node:)")))
            .build(),
        rule("rce-prototype-pollution", RCE)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("A name that reaches the prototype of all objects")
            .provenance("CVE-2019-10744, CVE-2019-7609")
            .when(
                EVERYWHERE.matches(
                    any(
                        // The name of a member; in text only with an access to it or its members
                        "(?:^|[\\[.\"'\\]])__proto__(?:$|[\"'\\]])",
                        "__proto__[\"' \\]]*(?:[:=\\[]|\\.\\w|%)",
                        "\\bconstructor ?(?:\\.|\\[ ?[\"']?|\\]\\[|%5b|[\"'] ?: ?\\{ ?[\"']) ?prototype",
                        "\\b__define[gs]etter__",
                        "\\b__lookup[gs]etter__")))
            .build(),
        rule("rce-prototype-members", RCE)
            .score(LIKELY)
            .message("JSON members that reach the prototype of all objects")
            .provenance("CVE-2019-10744; CVE-2021-25928")
            .when(Condition.on(Target.ARG_NAME).equalTo("constructor"))
            .when(Condition.on(Target.ARG_NAME).equalTo("prototype"))
            .build(),
        rule("rce-json-type", RCE)
            .score(SPECIFIC)
            .message("A JSON type that is a class descriptor or a class of the JDK")
            .provenance("Advisories of fastjson 1.2.25 to 1.2.47")
            .when(
                Condition.on(Target.ARG.named("@type"))
                    .matches(
                        any(
                            "^\\[*l+[\\w.$/]+;+$",
                            "^java\\.(?:lang|net|io|rmi|beans)\\.",
                            "^(?:com\\.)?sun\\.")))
            .build(),
        rule("rce-python", RCE)
            .score(LIKELY)
            .message("Python code that runs commands or reads files")
            .provenance("Python manual, os, subprocess, builtins")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\b__import__ ?\\(",
                        "\\bsubprocess\\.(?:popen|call|run|check_\\w+|getoutput)",
                        "\\bos\\.(?:system|popen|execute|exec\\w*|listdir|spawn\\w*|getcwd|environ) ?[(\\[]",
                        "[.\\[(\"'|]__(?:class|globals|builtins|subclasses|mro|base|bases|getattribute|"
                            + "reduce|code)__",
                        "\\bfrom os import",
                        "\\bimport os ?;",
                        "\\bpickle\\.loads",
                        "\\beval ?\\( ?(?:compile|__|open|input) ?\\(?",
                        "\\bexec ?\\( ?(?:compile|open|__|[\"']import)")))
            .build(),
        rule("rce-ruby-perl", RCE)
            .score(LIKELY)
            .message("Ruby or Perl code that runs commands")
            .provenance("Ruby Kernel, IO; Perl open and system")
            .when(
                EVERYWHERE.matches(
                    any(
                        "%x ?[(\\[{|!/]",
                        "\\bio\\.(?:popen|read|binread) ?\\(?",
                        "\\bkernel\\.(?:system|exec|spawn|open|`|load|eval|send)",
                        "\\bopen ?\\( ?[\"'](?:\\||[^\"']*\\|[\"'])",
                        "^[|] ?[a-z/]+[ \\w./-]{0,80}$",
                        "\\bfile\\.(?:open|read) ?\\( ?[\"']",
                        "\\bdir\\.(?:entries|glob|foreach) ?\\(?",
                        "\\bsystem ?\\( ?[\"'](?:/|cat|ls|id|whoami|ping|curl|wget|nc|sleep)",
                        "@\\{?\\[ ?system",
                        "\\berb\\.new",
                        "\\binstance_eval\\b",
                        "\\bobjectspace\\.")))
            .build(),
        rule("rce-asp", RCE)
            .score(LIKELY)
            .message("Classic ASP or .NET code that evaluates text or runs commands")
            .provenance("Web shells of the China Chopper kind; ASP documentation")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\b(?:eval|execute(?:global)?) ?\\(? ?request\\b",
                        "server\\.(?:scripttimeout|createobject|mappath) ?[=(]",
                        "\\bresponse\\.write ?\\(",
                        "\\bcreateobject ?\\( ?[\"']",
                        "\\bex\"?&\"?e\"?&",
                        "\\bon error resume next",
                        "\\bsystem\\.diagnostics",
                        "\\bprocess\\.start ?\\(",
                        "\\bscripting\\.filesystemobject",
                        "<%@? ?(?:page|eval|execute|import)",
                        "<asp:",
                        "\\bactivexobject ?\\(")))
            .build(),
        rule("rce-eval", RCE)
            .score(LIKELY)
            .message("A call that evaluates text as code")
            .provenance("CWE-95")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^a-z]{0,6}(?:eval|exec|execute|compile|system) ?\\( ?[^ )]",
                        "['\";,)}] ?(?:eval|exec) ?\\( ?[\"'`$@\\w]+ ?[(+.\"'`]",
                        "\\bexec ?\\( ?[\"'`](?:/|cat|ls|id\\b|whoami|ping|curl|wget|nc|cmd|sleep|touch)",
                        "\\beval ?\\( ?[\"'`]")))
            .build(),
        rule("rce-call-weak", RCE)
            .message("A call that executes code or a command")
            .provenance("CWE-94")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    "\\b"
                        + any(
                            "eval",
                            "exec",
                            "system",
                            "popen",
                            "spawn",
                            "execfile",
                            "loadstring",
                            "fork",
                            "compile")
                        + " ?\\("))
            .build(),
        rule("rce-any-call-weak", RCE)
            .message("A value that is a call")
            .provenance("CWE-94")
            .paranoia(3)
            .when(
                valuesOf(ARG, COOKIE).matches("^/?[a-z_$][\\w.:>-]{2,40} ?\\([^ ]{0,40}\\)?[; ]?$"))
            .build(),
        rule("rce-class-weak", RCE)
            .message("The name of a Java class, or encoded data that may be objects")
            .provenance("Java platform, package names; serialization in base64")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\bjavax?\\.(?:io|lang|net|nio|util|sql|rmi|naming|script)\\.[a-z]\\w+",
                        "^h4si[\\w+/-]{12,}",
                        "^bah[a-z0-9]{1}[\\w+/]{12,}=*$")))
            .build());
  }
}
