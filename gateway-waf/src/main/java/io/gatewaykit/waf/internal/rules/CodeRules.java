package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.RCE;
import static io.gatewaykit.waf.rule.Severity.WARNING;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Code of Java, Node.js, Ruby, Python and classic ASP, and what their deserializers run. */
final class CodeRules {
  private CodeRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("rce-java", RCE)
            .message("Java classes that run code")
            .provenance("CVE-2017-5638, CVE-2022-22965, CVE-2022-22963; OGNL and SpEL")
            .matches(
                any(
                    "\\bjava\\.(?:lang\\.(?:runtime|processbuilder|class|system|thread|reflect|"
                        + "string\\b.*\\.(?:getruntime|exec))|beans)",
                    // People talk about these; an injection makes one, or calls it.
                    "\\bjava\\.(?:io\\.(?:file|inputstream|buffered)|net\\.(?:url|socket)|"
                        + "util\\.(?:scanner|hashmap|base64))[\\w.$]*[ \"']?[()]",
                    "\\bjavax\\.(?:script|naming|management|servlet)\\b",
                    "\\bgetruntime ?\\(",
                    "\\bruntime\\.(?:getruntime|exec)",
                    "\\bprocessbuilder\\b.*(?:start|\\()",
                    "\\bclass\\.(?:module|classloader|forname)",
                    "@?ognl\\.",
                    "#_?memberaccess",
                    "#context\\[",
                    "\\bcom\\.(?:sun\\.(?:org\\.apache|rowset|jndi)|opensymphony|mchange|zaxxer|"
                        + "alibaba\\.fastjson)\\b",
                    "\\borg\\.apache\\.(?:commons\\.(?:collections|configuration|beanutils|io|dbcp)|"
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
                    "^[^ ]*\\bprocessbuilder\\b"))
            .build(),
        everywhere("rce-serialized", RCE)
            .message("A serialized object that runs code when it is read")
            .provenance(
                "ysoserial; phpggc; CVE-2013-0156; PyYAML and SnakeYAML tags; node-serialize, CVE-2017-5941")
            .matches(
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
                    "\\bgasv[a-z0-9]{4}"))
            .build(),
        everywhere("rce-node", RCE)
            .message("Node.js code that runs commands or reads files")
            .provenance("Node.js manual, child_process, vm, process; CVE-2019-7609")
            .matches(
                any(
                    "\\brequire ?\\( ?[\"'`](?:node:)?(?:child_process|fs|os|net|vm|http|path|crypto|"
                        + "cluster|repl|module)\\b",
                    "\\bchild_process\\b",
                    "\\bprocess\\.(?:mainmodule|binding|env|exit|kill|dlopen|argv|cwd ?\\()",
                    "\\bglobal\\.process",
                    "\\bspawn(?:sync)? ?\\( ?[\"'`]",
                    "\\bexec(?:file)?sync ?\\(",
                    "\\bnew function ?\\(",
                    "\\bmodule\\.(?:constructor|_load)",
                    "\\bfs\\.(?:read|write|append|unlink)\\w* ?\\(",
                    "\\breflect\\.(?:get|apply|construct) ?\\(",
                    "\\bimport ?\\( ?[\"'`](?:child_process|fs|node:)"))
            .build(),
        everywhere("rce-prototype-pollution", RCE)
            .message("A name that reaches the prototype of all objects")
            .provenance("CVE-2019-10744, CVE-2019-7609")
            .matches(
                any(
                    "__proto__",
                    "\\bconstructor ?(?:\\.|\\[ ?[\"']?|\\]\\[|%5b) ?prototype",
                    "\\b__define[gs]etter__",
                    "\\b__lookup[gs]etter__"))
            .build(),
        everywhere("rce-python", RCE)
            .message("Python code that runs commands or reads files")
            .provenance("Python manual, os, subprocess, builtins")
            .matches(
                any(
                    "\\b__import__ ?\\(",
                    "\\bsubprocess\\.(?:popen|call|run|check_\\w+|getoutput)",
                    "\\bos\\.(?:system|popen|exec\\w*|listdir|spawn\\w*|getcwd|environ) ?[(\\[]",
                    "[.\\[(\"'|]__(?:class|globals|builtins|subclasses|mro|base|bases|getattribute|"
                        + "reduce|code)__",
                    "\\bfrom os import",
                    "\\bimport os ?;",
                    "\\bpickle\\.loads",
                    "\\beval ?\\( ?(?:compile|__|open|input) ?\\(?",
                    "\\bexec ?\\( ?(?:compile|open|__|[\"']import)"))
            .build(),
        everywhere("rce-ruby-perl", RCE)
            .message("Ruby or Perl code that runs commands")
            .provenance("Ruby Kernel, IO; Perl open and system")
            .matches(
                any(
                    "%x ?[(\\[{|!/]",
                    "\\bio\\.(?:popen|read|binread) ?\\(?",
                    "\\bkernel ?[.\\[(]",
                    "\\bopen ?\\( ?[\"'](?:\\||[^\"']*\\|[\"'])",
                    "^[|] ?[a-z/]+[ \\w./-]*$",
                    "\\bfile\\.(?:open|read) ?\\( ?[\"']",
                    "\\bdir\\.(?:entries|glob|foreach) ?\\(?",
                    "\\bsystem ?\\( ?[\"'](?:/|cat|ls|id|whoami|ping|curl|wget|nc|sleep)",
                    "@\\{?\\[ ?system",
                    "\\berb\\.new",
                    "\\binstance_eval\\b",
                    "\\bobjectspace\\."))
            .build(),
        everywhere("rce-asp", RCE)
            .message("Code of classic ASP or .NET that runs text or commands")
            .provenance("Web shells of the China Chopper kind; ASP documentation")
            .matches(
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
                    "\\bactivexobject ?\\("))
            .build(),
        everywhere("rce-eval", RCE)
            .message("A call that runs text as code")
            .provenance("CWE-95")
            .matches(
                any(
                    "^[^a-z]{0,6}(?:eval|exec|execute|compile|system) ?\\(",
                    "['\";,)}] ?(?:eval|exec) ?\\( ?[\"'`$@\\w]+ ?[(+.\"'`]",
                    "\\bexec ?\\( ?[\"'`](?:/|cat|ls|id\\b|whoami|ping|curl|wget|nc|cmd|sleep|touch)",
                    "\\beval ?\\( ?[\"'`]"))
            .build(),
        everywhere("rce-call-weak", RCE)
            .message("A call that runs something")
            .provenance("CWE-94")
            .severity(WARNING)
            .paranoia(2)
            .matches(
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
                    + " ?\\(")
            .build());
  }
}
