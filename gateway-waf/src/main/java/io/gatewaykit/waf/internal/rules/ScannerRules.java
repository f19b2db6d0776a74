package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.SCANNER;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** Scanners, and the files they look for. */
final class ScannerRules {
  private ScannerRules() {}

  static List<Rule> rules() {
    return List.of(
        on("scanner-path", SCANNER, Target.PATH)
            .matches(
                "/\\.(?:env|git|svn|hg|aws|ssh|ht|bash|mysql|idea|vscode|settings|docker|npmrc|kube|backup|config|ds_store|bzr|cvs|passwd|profile|history|project|travis|buildpath|s3cfg|subversion|\\w+rc|\\w+history)|(?:\\.(?:bak|old|sav|save|orig|original|backup|swp|swo|sql|sqlite\\d?|dump|mdb|inc|tmp|conf|cfg|ini|pem|key|pgp|ovpn|log|tar|tgz|rar|7z|rdp|bkp|copy|db|sql\\.gz|sql\\.zip|ppk|jks|pfx|prefs)|~|\\.php[._-]\\w+|\\.php~)$|/(?:php-?my-?admin|pma|myadmin|mysqladmin|phppgadmin|sqladmin|dbadmin|adminer)|/(?:cgi-bin/(?:\\.|%|[\\w-]*\\.(?:sh|pl|cgi|exe|php|py)|test|printenv|php|luci|bash|$)|cgi-sys|_vti_bin|_vti_pvt|fckeditor|jmx-console|web-console|admin-console|invoker|solr/admin|actuator|heapdump|jolokia|manager/html|host-manager|server-status|server-info|phpinfo|phpunit|vendor/phpunit|wp-admin/(?:install|setup)|wp-content/(?:debug|plugins|uploads)|wp-includes|xmlrpc|etc/passwd|owa/|autodiscover|boaform|hnap1|telescope|_ignition|_profiler|debug/|druid/|nacos|geoserver|struts|bitrix/|typo3|sitecore|trace\\.axd|elmah\\.axd|dana-na|remote/fgt|wls-wsat|_cat/|dump|web\\.config|wp-config|docker-compose|dockerfile|composer\\.(?:json|lock)|package\\.json|credentials|id_[rd]sa|passwd|shadow|shell(?:$|[.?])|c99|r57|webshell|cmd\\.(?:php|asp|jsp))")
            .build(),
        on("scanner-agent", SCANNER, Target.HEADER)
            .matches(
                "\\b(?:sqlmap|nikto|nessus|nmap|masscan|acunetix|wpscan|dirbuster|gobuster|nuclei|zgrab|burp|openvas|w3af|havij|netsparker|arachni|ffuf|whatweb|feroxbuster|fimap|commix|jorgee|zmeu|morfeus|absinthe|bsqlbf|skipfish|wfuzz|dirb|hydra|jaeles|xray|interactsh|grendel|webinspect|paros|brutus|n-stealth|pangolin|amass|appscan|bbqsql|censysinspect|cmseek|cmsmap|dalfox|datacha0s|detectify|droopescan|fhscan|golismero|hakrawler|joomscan|l9explore|l9tcpid|leakix|log4j-scan|metasploit|naabu|openvas-vt|projectdiscovery|qualys\\w*|rustscan|sqldict|sqlninja|subfinder|tplmap|tsunami-security-scanner|uniscan|vega/\\d|wapiti|webshag|whatwaf|xsser|xsstrike|zaproxy|zmap)|fuzz faster u fool|internet-structure-research|owasp zap|^mozlila")
            .build());
  }
}
