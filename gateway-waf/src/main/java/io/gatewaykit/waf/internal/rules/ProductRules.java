// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.nameUnlike;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.SCANNER;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Pages and interfaces of products that scanners request.
 *
 * <p>At level 1, a path matches if it is a page in the root that no visitor requests, or names a
 * file that belongs to one product. All other pages of products match at level 2, because a gateway
 * may serve the product, and because other sites use the same words for their own pages.
 */
final class ProductRules {
  private static final String DATABASE_PAGES =
      "\\w{0,4}php-?my-?admin(?:[-_.]?(?:\\d[\\w.-]*|old|bak|backup|new|latest|all-languages))?";

  private static final String OTHER_DATABASE_PAGES =
      "(?:pma|myadmin|mysqladmin|phppgadmin|sqladmin|dbadmin|adminer|sqlweb|websql|phpmanager|"
          + "mysql-admin)\\d*/*(?:index\\.php|scripts/setup\\.php)?$";

  /** The root of a site, or one folder below it. */
  private static final String NEAR_ROOT = "^/+(?:[\\w.~-]+/+)?";

  /** A folder of a site, in front of a page of a product. */
  private static final String FOLDER =
      "^/+(?:(?:admin|api|app|backend|blog|cms|dev|laravel|manage|old|public|shop|site|test|web|www|"
          + "wordpress|yii)/+)?";

  /** A folder in which administrators install the pages of a database. */
  private static final String DATABASE_FOLDER =
      "(?:_?admin|backup|cpanel|data|database|db|dev|lampp|mysql|old|pma|public|server|sql|test|tmp|"
          + "tools|web|websql|www|xampp|~\\w+|\\w*php-?my-?admin[\\w.-]*)";

  private ProductRules() {}

  static List<Rule> rules() {
    return List.of(administration(), actuator(), product(), productWeak());
  }

  private static Rule administration() {
    return rule("scanner-administration", SCANNER)
        .score(SPECIFIC)
        .message("A page that displays or changes the state of a server")
        .provenance("Bo0oM fuzz.txt and SecLists, by product")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        "^/+" + DATABASE_PAGES + "(?:/|$)",
                        "^/+" + DATABASE_FOLDER + "/+" + DATABASE_PAGES + "/",
                        "^/+(?:" + DATABASE_FOLDER + "/+)?" + OTHER_DATABASE_PAGES,
                        NEAR_ROOT + "adminer[\\w.-]*\\.php$",
                        NEAR_ROOT + "phpinfo\\d?\\.php$",
                        NEAR_ROOT
                            + "vendor/(?:phpunit/phpunit/|composer/(?:installed\\.(?:json|php)|autoload_\\w+\\.php)$|"
                            + "autoload\\.php$)",
                        "/phpunit/(?:src/|phpunit\\.xml|util/php/)",
                        "/_ignition/",
                        "/_profiler/",
                        "/(?:trace|elmah)\\.axd(?:$|/)",
                        FOLDER + "telescope/(?:telescope-api/|requests$)",
                        FOLDER + "debug/default/view$",
                        FOLDER
                            + "druid/(?:index|login|websession|weburi|sql|datasource)\\w*\\.(?:html|json)$",
                        "^/+"
                            + any(
                                "jmx-console(?:/|$)",
                                "__*web_console(?:/|$)",
                                "web-console/(?:$|status$|invoker|serverinfo\\.jsp)",
                                "admin-console/(?:$|(?:index|login)\\.(?:seam|jsp)$)",
                                "invoker/(?:readonly|jmx\\w*|ejb\\w*)(?:/|$)",
                                "solr/admin/",
                                "heapdump$",
                                "(?:tomcat/+)?manager/(?:html(?:/|$)|jmxproxy|status$|text/(?:deploy|list|serverinfo|"
                                    + "undeploy)$)",
                                "(?:tomcat/+)?host-manager/(?:html|text)",
                                "server-status$",
                                "nacos/v1/(?:auth(?:/|$)|cs/ops(?:/|$))",
                                "console/(?:login/loginform|j_security|(?:css|images)/%)",
                                "wls-wsat/",
                                "_async/async",
                                "ui/vropspluginui"))))
        .build();
  }

  private static Rule actuator() {
    return rule("scanner-actuator", SCANNER)
        .score(SPECIFIC)
        .message("An actuator that displays or changes application settings")
        .provenance("Spring Boot manual, actuator endpoints; health and metrics are for monitors")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        "^/+(?:(?:[\\w-]*api|app|admin|manage|management|monitor)/+)?actuator"
                            + "/*$",
                        // Forms at which a router and a filter may see different paths.
                        "/actuator(?:[;%]|/+[;.])",
                        "/actuator/+(?:auditevents|autoconfig|beans|caches|conditions|configprops|dump|env|gateway|"
                            + "heapdump|hystrix\\.stream|httpexchanges|httptrace|integrationgraph|jolokia|logfile|"
                            + "loggers|mappings|refresh|restart|scheduledtasks|sessions|shutdown|threaddump|trace)"
                            + "(?:[/;]|$)")))
        .build();
  }

  private static Rule product() {
    return rule("scanner-product", SCANNER)
        .score(SPECIFIC)
        .message("A path used to attack a product")
        .provenance("CISA, known exploited vulnerabilities; SecLists, by product")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        "/cgi-bin/"
                            + any(
                                "[.%]",
                                "(?:test|test-cgi|printenv|env|php\\d*|php-cgi|bash|sh|cmd|command|powershell|perl)"
                                    + "(?:\\.(?:cgi|pl|php|sh|bat|exe|com))?$",
                                "luci(?:/|;|$)"),
                        FOLDER
                            + any(
                                "wp-admin/(?:install|setup-config)\\.php$",
                                "wp-content/debug\\.log$"),
                        "/_vti_(?:pvt|cnf|inf)(?:/|\\.|$)",
                        "/fckeditor/(?:editor/filemanager/|_samples/)",
                        "/(?:wso\\d*|c99\\w*|r57\\w*|b374k\\w*|cmd|(?:"
                            + nameUnlike(
                                "0123456789_",
                                "bomb",
                                "clam",
                                "cockle",
                                "egg",
                                "half",
                                "nut",
                                "sea",
                                "tortoise")
                            + ")?shell)\\d?\\.(?:php\\d?|aspx?|jspx?)$",
                        "/eval-stdin\\.php",
                        "/think\\w*/app/invokefunction",
                        "^/+"
                            + any(
                                "cgi-bin/(?:status)?$",
                                "cgi-sys/",
                                "boaform/",
                                "hnap1(?:/|$)",
                                "dana-na/",
                                "remote/fgt",
                                "(?:vpn/+)?vpns/(?:$|cfg/|portal/|services\\.html)",
                                "mgmt/tm/",
                                "tmui/",
                                "setup\\.cgi$",
                                "goform/",
                                "jenkins/script(?:text)?/?$",
                                "_fragment$"))))
        .build();
  }

  private static Rule productWeak() {
    return rule("scanner-product-weak", SCANNER)
        .message("A page or interface of a product that is often attacked")
        .provenance("CISA, known exploited vulnerabilities; SecLists, by product")
        .paranoia(2)
        .when(
            valuesOf(PATH)
                .matches(
                    "/(?:"
                        + any(
                            "_*web_?-?console(?:/|$)",
                            "admin-console(?:/|$)",
                            "host-manager(?:/|$)",
                            "jmx-console",
                            "manager/(?:html|status|text)(?:/|$)",
                            "server-status(?:/|$)",
                            "heapdump$",
                            "solr/admin/",
                            "telescope/",
                            "vendor/(?:phpunit|composer)/",
                            "phpunit/",
                            "fckeditor/",
                            "wp-json/wp/v2/users",
                            "_vti_(?:pvt|cnf|inf)",
                            "shell$",
                            "script(?:text)?/?$",
                            "actuator(?:/|$)",
                            "cgi-bin/$",
                            "vpns/",
                            "_cat/",
                            "_cluster/",
                            "_all_dbs",
                            "v2/_catalog",
                            "api/v1/(?:pods|secrets)",
                            "containers/json",
                            "jolokia",
                            "portainer",
                            "nacos",
                            "druid/",
                            "geoserver/",
                            "invoker/",
                            "debug/(?:pprof|vars)",
                            "phpinfo",
                            "server-info$",
                            "cgi-bin/[\\w-]+\\.(?:cgi|pl|py|php|sh|exe|bat)$",
                            "_vti_bin",
                            "wp-(?:login|admin|includes|config)",
                            "wp-content/plugins/[^/]+/(?:readme\\.txt|[^/]+\\.php)",
                            "xmlrpc\\.php",
                            "owa/",
                            "ecp/",
                            "autodiscover",
                            "struts/",
                            "bitrix/",
                            "typo3/",
                            "sitecore/",
                            "sslvpn",
                            "vpn/",
                            "horde/",
                            "roundcube/",
                            "moodle/",
                            "joomla/",
                            "administrator/",
                            "zabbix/",
                            "nagios/",
                            "cacti/",
                            "jenkins/",
                            "webconsole")
                        + ")"))
        .build();
  }
}
