package io.gatewaykit.waf;

import static io.gatewaykit.waf.RuleFamily.LDAP;
import static io.gatewaykit.waf.RuleFamily.LOG4SHELL;
import static io.gatewaykit.waf.RuleFamily.NOSQL;
import static io.gatewaykit.waf.RuleFamily.PHP;
import static io.gatewaykit.waf.RuleFamily.PROTOCOL;
import static io.gatewaykit.waf.RuleFamily.RCE;
import static io.gatewaykit.waf.RuleFamily.SCANNER;
import static io.gatewaykit.waf.RuleFamily.SQLI;
import static io.gatewaykit.waf.RuleFamily.SSRF;
import static io.gatewaykit.waf.RuleFamily.SSTI;
import static io.gatewaykit.waf.RuleFamily.TRAVERSAL;
import static io.gatewaykit.waf.RuleFamily.XSS;
import static io.gatewaykit.waf.RuleFamily.XXE;

import java.util.List;

/** The rules that come with the firewall. Each looks for code in its context, not for a word. */
final class BuiltinRules {
  private static final String COMMANDS =
      "(?:cat|ls|id|whoami|uname|wget|curl|ping|nslookup|dig|nc|ncat|bash|sh|zsh|python[23]?|perl|ruby"
          + "|php|sleep|echo|printf|ifconfig|ipconfig|netstat|net|dir|type|ps|pwd|rm|touch|chmod"
          + "|powershell|cmd|set|env|printenv|systeminfo|head|tail|more|less|nl|tac|find|grep|awk"
          + "|reboot|shutdown|telnet|sqlite3|vol|ver|which|export|hostname|timeout)";

  private BuiltinRules() {}

  static List<Rule> all() {
    return List.of(
        everywhere("php-call", PHP)
            .matches(
                "(?:^|[^\\w.>$])@?(?:eval|assert|system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec"
                    + "|create_function|call_user_func(?:_array)?|preg_replace|file_get_contents"
                    + "|file_put_contents|readfile|fopen|fwrite|base64_decode|gzinflate|str_rot13"
                    + "|unserialize|highlight_file|show_source|scandir|array_map|ob_start"
                    + "|phpinfo|phpversion|php_uname|phpcredits|getenv|ini_set|ini_get|include|require|include_once|require_once)"
                    + " ?\\( ?(?:[\"'`$@]|\\)|[a-z_]\\w* ?\\(|0x|\\\\)")
            .build(),
        everywhere("php-superglobal", PHP)
            .matches(
                "\\$ ?\\{?[\"']?_(?:get|post|request|cookie|server|files|session|env)\\b ?[}\"']* ?[\\[{]|\\$globals ?\\[|\\$http_(?:get|post)_vars")
            .build(),
        everywhere("php-tag", PHP)
            .matches("<\\?(?:php|=|[^x ]| [^x])|\\[/?php\\]|<script[^>]*language ?= ?.?php")
            .build(),
        everywhere("php-wrapper", PHP)
            .matches(
                "\\b(?:php|phar|zip|zlib|expect|glob|ogg|rar|ssh2|bzip2)://|\\bdata:[a-z]*/?[a-z]*;base64,(?:pd9|pdw)|\\bdata://")
            .build(),
        everywhere("php-object", PHP)
            .matches("(?:^|[;{ ])[oc]:\\+?\\d+:\"[^\"]+\":\\+?\\d+:\\{|a:\\d+:\\{[isoa]:\\d+")
            .build(),
        everywhere("php-variable-code", PHP)
            .matches(
                "\\$[a-z_]\\w* ?=[^=].*\\$[a-z_]\\w* ?\\(|\\$\\{ ?@?[a-z_]+ ?\\(|\\$\\w+ ?\\( ?\\$\\w+|\\$\\w+ ?= ?(?:new|fopen|curl_init|fsockopen|\\$_)")
            .build(),
        sql("sqli-union")
            .matches(
                "\\bunion[ (+]+(?:all|distinct|distinctrow)?[ (+]*select\\b|\\bunion[ (]+(?:all )?values")
            .build(),
        sql("sqli-tautology")
            .matches(
                "(?:^|[\"'`)\\d;%*-]) ?\\b?(?:or|and|\\|\\||&&|xor|having|where|rlike)\\b? ?(?:not )?[( !~]*[\"'`]?\\w+[\"'`]?[) ]*(?:=|<|>|\\blike\\b|\\bbetween\\b|\\brlike\\b|\\bin\\b|\\bis\\b)[=>]? ?[( ]*(?:[\"'`]|\\d|\\w+ ?\\(|true|null|select)")
            .build(),
        sql("sqli-quote-comment")
            .matches(
                "^.{0,60}[\"'`)][ );]*(?:--|#) ?[\\w-]*$|^-?\\d+[ );]*(?:--|#) ?$|[\"'`)\\d] ?(?:or|and)\\b.{1,80}(?:--|#)")
            .build(),
        sql("sqli-function")
            .matches(
                "\\b(?:sleep|benchmark|pg_sleep|waitfor|extractvalue|updatexml|load_file|xp_cmdshell|group_concat|dbms_pipe\\.receive_message|utl_inaddr\\.\\w+|utl_http\\.request|ctxsys\\.\\w+|randomblob|make_set|elt|json_keys|gtid_subset|procedure analyse|generate_series|char|chr|ascii|substring|substr|mid|concat|version|database|user|current_user|floor|rand|exp|iif|cast|convert) ?\\( ?(?:[\\d'\"(@)]|0x|select|chr|char|concat|database|user|version|null)[^ ]?.*(?:--|[=<>]|\\)|')")
            .score(3)
            .build(),
        sql("sqli-subquery")
            .matches(
                "[(,=] ?select\\b.{1,200}\\b(?:from|sleep|case|concat|char|count)\\b|\\bselect\\b.{1,100}\\bfrom\\b.{1,40}(?:information_schema|mysql\\.|sysobjects|pg_\\w+|dual|all_tables|sqlite_master|sysibm|rdb\\$|msys|domain\\.)|[\"');\\d] ?;? ?select [\\w(@*]|\\( ?select \\w+ ?\\(|\\bselect (?:@@|sleep|pg_sleep|benchmark|user|version|load_file|if ?\\()")
            .build(),
        sql("sqli-stacked")
            .matches(
                "; ?(?:select|insert|update|delete|drop|create|alter|exec|execute|declare|waitfor|shutdown|truncate|call|begin|if|grant|set) ?[\\w@(*]+|\\binto (?:out|dump)file\\b|\\bwaitfor delay\\b|; ?(?:drop|shutdown)")
            .score(3)
            .build(),
        sql("sqli-ddl")
            .matches(
                "[\"');] ?;? ?drop (?:table|database|user)|\\bwaitfor ?(?:delay|time) ?['\"(]|\\b(?:xp|sp)_(?:cmdshell|execute|reg|dirtree|oacreate|makewebtask|password)|(?:^-?\\d+|[\"')]) ?(?:order|group) by \\d+|\\binformation_schema\\b|\\binto (?:out|dump)file ?['\"]|@@(?:version|hostname|datadir|basedir|global|servername|innodb)|\\bprocedure analyse ?\\(|\\b(?:sleep|pg_sleep) ?\\( ?\\d+ ?\\)|\\bbenchmark ?\\( ?\\d|[\"');] ?(?:insert into|delete from)|\\b(?:extractvalue|updatexml) ?\\(|\\bload_file ?\\(")
            .build(),
        everywhere("xss-script", XSS)
            .matches(
                "< ?/?(?:script|iframe|object|embed|applet|meta http|base href|frameset|frame |isindex|bgsound|layer|xss)\\b|<!\\[cdata\\[.{0,20}<|<!--.{0,100}(?:script|--!>)|<(?:link|style|form|svg|math|xml|html|animate|set|vmlframe|x|input|button|img|image|video|audio|body|details|select|textarea|keygen|marquee|table|div|a|p|b|i|br|span)\\b[^>]{0,300}(?:\\bon[a-z]{3,25} ?=|javascript:|vbscript:|expression ?\\(|srcdoc ?=|formaction ?=|xlink:href|behavior ?:|-moz-binding|@import|data:text|href ?= ?[\"']?data:)")
            .build(),
        everywhere("xss-handler", XSS)
            .matches(
                "(?:<[a-z!/?][^>]*|[\"'`][^<>]{0,40})[ \"'/\\x0c]on(?:error|load|click|mouse\\w+|focus\\w*|blur|key\\w+|submit|toggle|start|begin|end|repeat|pointer\\w+|animation\\w+|transition\\w+|drag\\w*|drop|copy|cut|paste|wheel|scroll\\w*|resize|input|change|select\\w*|hashchange|message|play\\w*|show|touch\\w+|before\\w+|after\\w+|page\\w+|unload|abort|invalid|search|dblclick|contextmenu|readystatechange|propertychange|finish|bounce|cell\\w+|row\\w+|data\\w+|filterchange|layoutcomplete|losecapture|media\\w+|offline|online|outofsync|pause|popstate|progress|reset|reverse|seek|storage|syncrestored|time\\w*|urlflip|redo|undo|move\\w*|activate|deactivate|control\\w+|error\\w+|loadstart|loadend|canplay\\w*|auxclick|security\\w+|fullscreen\\w*|webkit\\w+|formdata|cuechange|volumechange|ratechange) ?=")
            .build(),
        everywhere("xss-protocol", XSS)
            .matches(
                "(?:^|[\"'=( >])[\\x00-\\x20]*(?:j ?a ?v ?a ?s ?c ?r ?i ?p ?t|v ?b ?s ?c ?r ?i ?p ?t|livescript|mocha) ?: ?[^ ]|data:text/(?:html|javascript)")
            .build(),
        everywhere("xss-js", XSS)
            .matches(
                "(?:[\"'`;)}/(=+,*&|-]|^) ?(?:window\\.|top\\.|self\\.|parent\\.|this\\.)?(?:alert|prompt|confirm|settimeout|setinterval) ?[(`/]|document ?(?:\\.|\\[).{0,3}(?:cookie|write|location|domain|body|createelement)|string\\.fromcharcode|(?:window|self|top|this|parent|globalthis) ?\\[ ?[\"'`/(]|\\bconstructor ?[.(\\[]|\\(?alert\\)? ?\\(|location(?:\\.href)? ?= ?[\"'`(j/]")
            .build(),
        everywhere("traversal-dots", TRAVERSAL)
            .on(Target.PATH, Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .matches(
                "(?:^|[\\\\/=;:])\\.\\.+[\\\\/;]+\\.*|(?:\\.\\.[\\\\/]+)|(?:\\.\\.|0x2e0x2e)(?:0x2f|0x5c|%2f|%5c|%c0|[\\\\/]|;/)|^\\.\\.$|[\\\\/]\\.\\.$|\\.\\?[\\\\/]|\\?\\.[\\\\/]")
            .build(),
        everywhere("traversal-file", TRAVERSAL)
            .on(Target.PATH, Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .matches(
                "\\betc[\\\\/]+(?:passwd|shadow|group|hosts|issue|my\\.cnf|ssh|apache2?|httpd|nginx|php|mysql|crontab|fstab|motd|resolv|init\\.d|security|sudoers|redhat|pam\\.|profile|\\w+\\.conf|\\w+)|[\\\\/]proc[\\\\/]+(?:self|version|cmdline|mounts|net|\\d)|(?:win(?:dows|nt)?[\\\\/]+(?:win\\.ini|system32|system\\.ini|repair|php\\.ini|debug|panther|my\\.ini|iis|explorer))|\\bboot\\.ini|\\bweb\\.config\\b|(?:web|meta)-inf[\\\\/]|[\\\\/](?:var|usr|opt|root|home|apache\\w*|xampp|logs?|inetpub|mysql|programfiles|program files)[\\\\/]+[\\w. \\\\/-]*(?:\\.log|\\.conf|\\.ini|\\.ssh|_log|\\.history|\\.bash\\w+|\\.cnf|\\.php|\\.mysql_history|passwd|htpasswd|\\.xml|\\.inc|\\.err|\\.frm|\\.myd)|^[cd]:[\\\\/]|^file:/|\\.ssh[\\\\/]|\\.bash_history|(?:^|[\\\\/=])\\.ht(?:access|passwd)|wp-config\\.php|^/?(?:var|usr|opt|root|home)/[\\w./-]+$")
            .build(),
        everywhere("rfi-url", TRAVERSAL)
            .on(Target.ARG)
            .matches(
                "^(?:ht|f)tps?://[^ ]+(?:\\.txt|\\.php\\d?|\\.gif|\\.dat|\\.log|/c99\\w*|/r57\\w*|/shell\\w*)\\?+$|^(?:ht|f)tps?://\\d+\\.\\d+\\.\\d+\\.\\d+/[^ ]*\\.(?:txt|php)|^ftps?://")
            .build(),
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
            .build(),
        everywhere("log4shell-lookup", LOG4SHELL)
            .on(Target.PATH, Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .matches(
                "\\$\\{ ?jndi ?:|\\$\\{[^}]{0,60}\\$\\{|\\$\\{(?:lower|upper|env|sys|date|::|main|ctx|java|bundle|base64|k8s|docker|web|spring|map|sd|event|marker|log4j|[a-z]*:[^}]{0,20}:-|[^a-z}]*:-)|j\\$\\{|\\$\\{jnd")
            .build(),
        everywhere("ssti-expression", SSTI)
            .matches(
                "(?:\\{\\{|\\$\\{|#\\{|\\*\\{|<%=?|@\\(|\\[\\[|~\\[|\\{%|@\\{)[^}]{0,20}\\d+ ?[*+-] ?[\"']?\\d+|\\{\\{.{0,200}(?:__\\w+__|constructor|self\\b|config\\b|request|\\|\\w+|range|cycler|joiner|lipsum|dump|app\\.|_self|system|exec|\\( ?[\"']|\\[\\]|''|\"\")|\\{%-? ?(?:set|for|if|import|include|block|debug|macro|with|extends|raw|csrf|load|print)\\b|[$#*@]\\{.{0,200}(?:t ?\\(|class|runtime|exec|system|self|new |\\w+\\.\\w+[.(\\[]|''|\"\"|request|application|session|product)|<%=?.{0,200}(?:%>|system|file\\.|dir\\.|exec|`)|\\#(?:set|foreach|evaluate|include|parse) ?\\(|\\{/?php\\}|\\{\\$smarty|\\{(?:system|if|eval|math|fetch) ?[( ]|<#(?:assign|list|if)\\b|freemarker\\.|\\$\\{?[\"'].{0,30}\\?new")
            .build(),
        everywhere("ssrf-internal", SSRF)
            .on(Target.ARG, Target.HEADER)
            .matches(
                "://(?:[^/?# ]*@)?(?:127\\.|localhost|169\\.254|0x[0-9a-f]|0+[0-7.]*\\d|metadata\\b|\\[|0\\.0\\.0\\.0|10\\.\\d+\\.\\d+\\.\\d|192\\.168\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|100\\.100\\.100\\.|instance-data|\\d{8,10}(?:[/:?#]|$)|\\d+\\.\\d{4,}|0\\b|425\\.510)|169\\.254\\.169\\.254|metadata\\.google|instance-data|^localhost\\b|(?:nip|xip|sslip)\\.io|localtest\\.me|lvh\\.me|://[^/?#]*[\\x80-\\xff]")
            .build(),
        everywhere("ssrf-scheme", SSRF)
            .on(Target.ARG, Target.HEADER)
            .matches(
                "^(?:url:)?(?:gopher|dict|file|ldaps?|tftp|sftp|jar|netdoc|imap|smtp|smb|ftp|mysql|redis|ssh2?|telnet|local_file|neo4j|rmi|ws):(?://|/|http)|\\bgopher://|\\bdict://|\\bjar:http")
            .build(),
        everywhere("xxe-entity", XXE)
            .on(Target.ARG, Target.HEADER, Target.COOKIE)
            .matches(
                "<!(?:entity|element|attlist|notation)\\b|<!doctype[^>]*(?:\\[|system|public ?[\"'][^-\"'])|xi:include|/xinclude|schemalocation ?= ?[\"'][^\"']*(?:file:|http://(?:127|localhost|169))")
            .build(),
        everywhere("nosql-operator", NOSQL)
            .matches(
                "\\[\\$(?:ne|eq|gte?|lte?|in|nin|regex|where|exists|type|not|or|and|elemmatch|size|mod|all)\\]|^\\$(?:ne|eq|gte?|lte?|in|nin|regex|where|exists|type|not|or|and|nor|elemmatch|expr|func|comment|jsonschema|text|size|mod|all|options|lookup|function|accumulator)$|[\"']?\\$(?:ne|gte?|lte?|nin?|regex|where|exists|or|and|nor|expr|func)[\"']? ?[:\\]]|(?:[\"';|&({] ?|^)(?:return|var|while|if|function)?[ (]*this\\.\\w+ ?[=!.]|^.{0,40}[\"'};] ?;? ?return[ (].{0,60}[;}\"'=]|(?:^|[;'\"] ?)db\\.\\w+\\.(?:find|insert|drop|remove|aggregate)|\\bdb\\.get\\w+|while ?\\( ?(?:true|1)|[;|&'\"] ?sleep ?\\( ?\\d|new date ?\\(|[\"'] ?(?:\\|\\||&&) ?(?:[\"']|\\d|this|true|obj)")
            .build(),
        everywhere("ldap-filter", LDAP)
            .matches(
                "\\*? ?\\)\\)? ?\\( ?[&|!]? ?\\(?\\w* ?[=~<>*)(]*|\\*\\)+|\\)\\( ?[\\w*&|!]|\\([&|!] ?\\(|\\( ?(?:objectclass|uid|cn|sn|mail|userpassword|user|password|givenname|displayname|samaccountname|memberof|ou|dc|objectcategory) ?[~<>]?= ?\\*?[\\w ]*\\*?\\)|^[*()|&!%\\x00]{2,6}$|^\\*[()&|]")
            .build(),
        everywhere("protocol-crlf", PROTOCOL)
            .on(Target.PATH, Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .transform(Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE)
            .matches(
                "[\\r\\n]+[ \\t]*(?:set-cookie|location|content-?type|content-?length|x-[\\w-]+|host|transfer-encoding|refresh|access-control-[\\w-]+|link|status|http/\\d|bcc|rcpt to|mail from|flushall)\\b ?[:/ ]|[\\r\\n][ \\t]*(?:get|post|head|put|delete|options) [^ ]+ http/\\d|[\\r\\n][ \\t]*(?:quit|rset)[ \\r\\n]*$|[\\r\\n][ \\t]*remote-addr:|^(?:get|post|head) https?://[^ ]+ http/\\d|\\x98[\\x8a\\x8d]")
            .build(),
        everywhere("protocol-nul", PROTOCOL)
            .on(Target.PATH, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .transform(Transformation.URL_DECODE)
            .matches("\\x00")
            .build(),
        everywhere("protocol-crlf-path", PROTOCOL)
            .on(Target.PATH, Target.ARG_NAME, Target.HEADER)
            .transform(Transformation.URL_DECODE)
            .matches("[\\r\\n]")
            .build(),
        everywhere("scanner-path", SCANNER)
            .on(Target.PATH)
            .matches(
                "/\\.(?:env|git|svn|hg|aws|ssh|ht|bash|mysql|idea|vscode|settings|docker|npmrc|kube|backup|config|ds_store|bzr|cvs|passwd|profile|history|project|travis|buildpath|s3cfg|subversion|\\w+rc|\\w+history)|(?:\\.(?:bak|old|sav|save|orig|original|backup|swp|swo|sql|sqlite\\d?|dump|mdb|inc|tmp|conf|cfg|ini|pem|key|pgp|ovpn|log|tar|tgz|rar|7z|rdp|bkp|copy|db|sql\\.gz|sql\\.zip|ppk|jks|pfx|prefs)|~|\\.php[._-]\\w+|\\.php~)$|/(?:php-?my-?admin|pma|myadmin|mysqladmin|phppgadmin|sqladmin|dbadmin|adminer)|/(?:cgi-bin/(?:\\.|%|[\\w-]*\\.(?:sh|pl|cgi|exe|php|py)|test|printenv|php|luci|bash|$)|cgi-sys|_vti_bin|_vti_pvt|fckeditor|jmx-console|web-console|admin-console|invoker|solr/admin|actuator|heapdump|jolokia|manager/html|host-manager|server-status|server-info|phpinfo|phpunit|vendor/phpunit|wp-admin/(?:install|setup)|wp-content/(?:debug|plugins|uploads)|wp-includes|xmlrpc|etc/passwd|owa/|autodiscover|boaform|hnap1|telescope|_ignition|_profiler|debug/|druid/|nacos|geoserver|struts|bitrix/|typo3|sitecore|trace\\.axd|elmah\\.axd|dana-na|remote/fgt|wls-wsat|_cat/|dump|web\\.config|wp-config|docker-compose|dockerfile|composer\\.(?:json|lock)|package\\.json|credentials|id_[rd]sa|passwd|shadow|shell(?:$|[.?])|c99|r57|webshell|cmd\\.(?:php|asp|jsp))")
            .build(),
        everywhere("scanner-agent", SCANNER)
            .on(Target.HEADER)
            .matches(
                "\\b(?:sqlmap|nikto|nessus|nmap|masscan|acunetix|wpscan|dirbuster|gobuster|nuclei|zgrab|burp|openvas|w3af|havij|netsparker|arachni|ffuf|whatweb|feroxbuster|fimap|commix|jorgee|zmeu|morfeus|absinthe|bsqlbf|skipfish|wfuzz|dirb|hydra|jaeles|xray|interactsh|grendel|webinspect|paros|brutus|n-stealth|pangolin|amass|appscan|bbqsql|censysinspect|cmseek|cmsmap|dalfox|datacha0s|detectify|droopescan|fhscan|golismero|hakrawler|joomscan|l9explore|l9tcpid|leakix|log4j-scan|metasploit|naabu|openvas-vt|projectdiscovery|qualys\\w*|rustscan|sqldict|sqlninja|subfinder|tplmap|tsunami-security-scanner|uniscan|vega/\\d|wapiti|webshag|whatwaf|xsser|xsstrike|zaproxy|zmap)|fuzz faster u fool|internet-structure-research|owasp zap|^mozlila")
            .build());
  }

  private static Rule.Builder everywhere(String id, RuleFamily family) {
    return Rule.builder(id)
        .family(family)
        .on(Target.ARG, Target.ARG_NAME, Target.COOKIE, Target.HEADER, Target.PATH);
  }

  private static Rule.Builder sql(String id) {
    return everywhere(id, SQLI)
        .then(Transformation.SQL_COMMENTS)
        .then(Transformation.COMPRESS_WHITESPACE);
  }

  private static Rule.Builder shell(String id) {
    return everywhere(id, RCE).then(Transformation.SHELL_UNQUOTE);
  }
}
