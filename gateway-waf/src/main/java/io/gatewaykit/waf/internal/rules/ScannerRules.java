package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.SCANNER;
import static io.gatewaykit.waf.rule.Target.HEADER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Scanners, by the name that they give, and the files that only they look for. */
final class ScannerRules {
  private static final String AGENT =
      any(
          "absinthe",
          "acunetix",
          "amass",
          "appscan",
          "arachni",
          "bbqsql",
          "brutus",
          "bsqlbf",
          "burp(?:suite|collaborator)?",
          "censysinspect",
          "cmseek",
          "cmsmap",
          "commix",
          "core-project",
          "dalfox",
          "datacha0s",
          "detectify",
          "dirb(?:uster)?",
          "droopescan",
          "feroxbuster",
          "ffuf",
          "fhscan",
          "fimap",
          "gobuster",
          "golismero",
          "grabber",
          "grendel(?:-scan)?",
          "hakrawler",
          "havij",
          "httpx - open",
          "hydra",
          "interactsh",
          "jaeles",
          "joomscan",
          "jorgee",
          "katana",
          "l9explore",
          "l9tcpid",
          "leakix",
          "log4j-scan",
          "masscan",
          "metasploit",
          "morfeus",
          "mysqloit",
          "n-stealth",
          "naabu",
          "nessus",
          "netlab360",
          "netsparker",
          "nikto",
          "nmap",
          "nuclei",
          "openvas\\w*",
          "owasp",
          "pangolin",
          "paros",
          "projectdiscovery",
          "prog\\.customcrawler",
          "qualys\\w*",
          "rustscan",
          "s\\.t\\.a\\.l\\.k\\.e\\.r",
          "skipfish",
          "spipe",
          "sqldict",
          "sqlmap",
          "sqlninja",
          "struts-pwn",
          "subfinder",
          "sysscan",
          "tplmap",
          "trivy",
          "tsunami\\w*",
          "uniscan",
          "vega/\\d",
          "w3af",
          "wapiti",
          "webinspect",
          "webshag",
          "webster pro",
          "wfuzz",
          "whatwaf",
          "whatweb",
          "whcc",
          "wpscan",
          "xray",
          "xsser",
          "xsstrike",
          "zaproxy",
          "zgrab",
          "zmap",
          "zmeu",
          "zollard",
          "cgichk",
          "dav\\.pm",
          "nsauditor",
          "security scan",
          "vulnerability scan\\w*",
          "internet-structure-research\\w*",
          "gootkit",
          "mozlila",
          "toata dragostea");

  private ScannerRules() {}

  static List<Rule> rules() {
    return List.of(
        on("scanner-agent", SCANNER, HEADER)
            .message("A scanner's User-Agent")
            .provenance("The scanners' own documentation and defaults")
            .on(
                HEADER.named("user-agent"),
                HEADER.named("from"),
                HEADER.named("referer"),
                HEADER.named("x-scan*"))
            .matches(
                any(
                    "(?:^|[^\\w.@/-])" + AGENT + "\\b",
                    "fuzz faster u fool",
                    "internet-structure-research",
                    "\\bsf/\\d",
                    "\\bowasp zap",
                    "\\(\\) ?\\{",
                    "^(?:sql|bsql|w3af)"))
            .build(),
        on("scanner-agent-header", SCANNER, HEADER)
            .message("A header field that only a scanner sends")
            .provenance("Acunetix, Netsparker, Arachni, IBM AppScan and Nessus documentation")
            .on(
                HEADER.named("acunetix*"),
                HEADER.named("x-scanner"),
                HEADER.named("x-wipp"),
                HEADER.named("x-ratproxy-loop"),
                HEADER.named("x-wvs-id"),
                HEADER.named("x-bug-bounty*"))
            .matches("^")
            .build(),
        on("scanner-hidden-file", SCANNER, PATH)
            .message("A hidden file or folder")
            .provenance("SecLists, discovery; RFC 8615 allows .well-known alone")
            .matches("/\\.(?:[^wna./?;\\x00-\\x20]|w[^e]|n[^e]|a[^u])")
            .build(),
        on("scanner-backup-file", SCANNER, PATH)
            .message("A backup, a dump or a key")
            .provenance("SecLists, discovery; Bo0oM fuzz.txt, by shape")
            .matches(
                any(
                    "(?:\\.(?:bak\\w?|old|sav|save|orig|original|backup|swp|swo|sql|sqlite\\d?|dump|"
                        + "mdb|inc|tmp|conf|cfg|ini|pem|key|pgp|ovpn|log|tar|tgz|rar|7z|rdp|bkp|bkup|copy|db|"
                        + "sql\\.\\w+|tar\\.\\w+|ppk|jks|pfx|p12|prefs|err|dist|1|php_|php\\d?\\.\\w+|"
                        + "asp\\.\\w+|jsp\\.\\w+|aspx\\.\\w+)|~|\\.php[._-]\\w+|\\.php~|/(?:error|access|"
                        + "debug|install|php)[_.-]?logs?|_log|/(?:dump|backup|database|site|www|web|"
                        + "db)\\w*\\.(?:zip|gz|tar|sql|7z|rar|bz2)|/[\\w.-]*(?:backup|dump|bak)\\.(?:zip|tgz|gz|tar|sql|7z|rar|bz2))/?$",
                    "\\.php(?:\\\\u|%u|\\x00|[^\\w/.?;:,&=-]).*\\.\\w+$"))
            .build(),
        on("scanner-administration", SCANNER, PATH)
            .message("An administration page")
            .provenance("Bo0oM fuzz.txt and SecLists, by product")
            .matches(
                any(
                    "/(?:\\w*php-?my-?admin|pma|myadmin|mysqladmin|phppgadmin|sqladmin|dbadmin|adminer|"
                        + "sqlweb|websql|phpmanager|mysql-admin)",
                    "/(?:"
                        + any(
                            "jmx-console",
                            "_*web_?-?console",
                            "admin-console",
                            "invoker",
                            "solr/admin",
                            "actuator",
                            "heapdump",
                            "jolokia",
                            "manager/(?:html|status|text)",
                            "host-manager",
                            "server-status",
                            "server-info",
                            "phpinfo",
                            "phpunit",
                            "vendor/(?:phpunit|composer|autoload)",
                            "telescope",
                            "_ignition",
                            "_profiler",
                            "debug/",
                            "druid/",
                            "nacos",
                            "geoserver",
                            "trace\\.axd",
                            "elmah\\.axd",
                            "_cat/",
                            "_cluster/",
                            "_all_dbs",
                            "console/(?:login|base|j_security)",
                            "wls-wsat",
                            "_async/",
                            "ui/vropspluginui",
                            "v2/_catalog",
                            "metrics/prometheus",
                            "api/v1/(?:pods|secrets)",
                            "portainer",
                            "containers/json")
                        + ")"))
            .build(),
        on("scanner-product", SCANNER, PATH)
            .message("A path of a product that is often attacked")
            .provenance("CISA, known exploited vulnerabilities; SecLists, by product")
            .matches(
                "/(?:"
                    + any(
                        "cgi-bin/(?:\\.|%|[\\w-]*\\.(?:sh|pl|exe|bat|php|py)|test|printenv|php|luci|bash|$)",
                        "cgi-sys",
                        "_vti_(?:bin|pvt|cnf|inf)",
                        "fckeditor",
                        "wp-admin/(?:install|setup)",
                        "wp-content/(?:debug|plugins|uploads)",
                        "wp-includes",
                        "wp-json/wp/v2/users",
                        "wp-login",
                        "xmlrpc\\.php",
                        "owa/",
                        "ecp/",
                        "autodiscover",
                        "boaform",
                        "hnap1",
                        "struts",
                        "bitrix/",
                        "typo3",
                        "sitecore",
                        "dana-na",
                        "remote/fgt",
                        "sslvpn",
                        "vpns?/",
                        "mgmt/tm",
                        "tmui/",
                        "setup\\.cgi",
                        "goform/",
                        "shell(?:$|[.?])",
                        "w?so\\d?\\.php",
                        "c99",
                        "r57",
                        "b374k",
                        "webshell",
                        "\\w*shell\\.(?:php|jsp|asp)",
                        "cmd\\.(?:php|asp|jsp)",
                        "eval-stdin",
                        "think\\w*/app/invokefunction",
                        "horde/",
                        "roundcube/",
                        "moodle/",
                        "joomla",
                        "administrator/(?:index|components)",
                        "zabbix",
                        "nagios",
                        "cacti/",
                        "jenkins/script",
                        "script(?:text)?/?$",
                        "_fragment")
                    + ")")
            .build(),
        on("scanner-configuration", SCANNER, PATH)
            .message("A configuration file")
            .provenance("SecLists, discovery, by framework")
            .matches(
                any(
                    "/(?:"
                        + any(
                            "web\\.config",
                            "wp-config",
                            "docker-compose\\w*",
                            "dockerfile",
                            "composer\\.(?:json|lock|phar)",
                            "yarn\\.lock",
                            "credentials(?:\\.\\w+)?$",
                            "id_[rd]sa",
                            "h?t?passwd",
                            "shadow$",
                            "config(?:uration)?\\.(?:php|inc|ya?ml|xml|ini|rb|py)$",
                            "settings\\.(?:php|py|ini|local)",
                            "database\\.(?:yml|php|json)",
                            "secrets?\\.(?:yml|json|txt)",
                            "application(?:-\\w+)?\\.(?:yml|yaml|properties)",
                            "appsettings\\.\\w*json",
                            "local\\.(?:xml|env)",
                            "etc/passwd",
                            "elmah",
                            "crossdomain\\.xml",
                            "clientaccesspolicy\\.xml",
                            "sftp-config\\.json",
                            "jenkinsfile",
                            "vagrantfile",
                            "gruntfile",
                            "gemfile",
                            "makefile$",
                            "error_log$",
                            "dump\\b")
                        + ")",
                    "^(?:/\\w+)?/(?:config|package(?:-lock)?)\\.json$",
                    "/console/base/config\\.json"))
            .build());
  }
}
