// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.nameUnlike;
import static io.gatewaykit.waf.internal.rules.Regex.segmentUnlike;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.SCANNER;
import static io.gatewaykit.waf.rule.Target.METHOD;
import static io.gatewaykit.waf.rule.Target.PATH;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Files whose request is in itself evidence of a scanner.
 *
 * <p>Archives, dumps, logs, dot names and settings are ordinary names in code hosting, package
 * registries, object stores and build results. At level 1, a path matches if it is a secret of the
 * site itself: in the root or a typical site folder, and never below a folder that serves files of
 * users. The names of level 1 in any other folder match at level 2.
 */
final class ProbeRules {
  /**
   * The folders of a site, up to a slash. Below the excluded folders, and below versions such as
   * {@code pkg@1.0}, files belong to users.
   */
  private static final String SITE =
      "^(?:/*/"
          + segmentUnlike(
              "-",
              "archive",
              "artifact",
              "artifacts",
              "blame",
              "blob",
              "browse",
              "commit",
              "commits",
              "contents",
              "dav",
              "download",
              "downloads",
              "edit",
              "gh",
              "maven2",
              "media",
              "packages",
              "plain",
              "raw",
              "releases",
              "remote.php",
              "repos",
              "repository",
              "src",
              "tree",
              "webdav")
          + ")*/+";

  private static final String SERVER_FOLDER =
      "_?data|_?logs?|admin(?:/_?logs)?|app|backups?|bak|bitrix(?:/modules)?|cms|conf|config|db|get|old|"
          + "private|public|site|sql|test|tmp|web|wp-content|www|(?:app/)?storage/logs|app/logs|"
          + "var/logs?";

  /** The root of a site, or a folder in which its administrator may have left files. */
  private static final String LEFT_IN = "^/+(?:\\.?(?:api|blog|" + SERVER_FOLDER + ")?/+)?";

  /** The same without the folders of pages and interfaces, whose resources have such names. */
  private static final String LOG_IN = "^/+(?:\\.?(?:" + SERVER_FOLDER + ")?/+)?";

  /** The root of a site, or up to two folders in which applications keep their settings. */
  private static final String SETTINGS_IN =
      "^/+(?:(?:_?data|admin|api|app|backend|backups?|bak|bitrix|blog|cms|conf|config|core|db|deploy|dev|docker|"
          + "drupal|etc|forum|frontend|home|htdocs|httpdocs|html|includes?|joomla|laravel|magento|new|"
          + "old|plugins|portal|prod|private|public|public_html|resources|secrets|server|shop|site|"
          + "sites/default|sql|staging|store|symfony|test|tmp|var|web|webroot|wordpress|wp|"
          + "wp-content|www|wwwboard|wwwroot)/+){0,2}";

  /** The root of a site, or a folder of an application; interfaces serve such files. */
  private static final String COMPOSE_IN =
      "^/+(?:(?:_?data|admin|app|backend|backups?|bak|conf|config|core|db|deploy|dev|docker|home|htdocs|"
          + "html|old|prod|private|public|public_html|server|site|src|staging|test|tmp|var|web|webroot|"
          + "www|wwwroot)/+){0,2}";

  /** The root of a site, or a folder for secrets; interfaces have resources with such names. */
  private static final String SECRETS_IN =
      "^/+(?:(?:\\.?config|_?data|backups?|conf|db|etc|keys|old|private|secrets?|tmp|wwwboard)/+)?";

  /** Extensions of files with secrets, and of copies of them. */
  private static final String SECRET_EXTENSION =
      "\\.(?:txt|json|ya?ml|xml|csv|ini|php|inc|db|properties|env|toml|key|pem|bak|old|save|orig|zip)";

  /** Requests that store a file, whose path is chosen by the client. */
  private static final String STORING =
      "^(?:put|patch|delete|mkcol|copy|move|lock|unlock|propfind|proppatch|report)$";

  /** A name of letters that is not typical of a log for readers, as of changes and builds. */
  private static final String LOG_NAME =
      nameUnlike(
          "_.-",
          "build",
          "builds",
          "change",
          "changelog",
          "changes",
          "console",
          "history",
          "job",
          "news",
          "output",
          "release",
          "release-notes",
          "releases",
          "report",
          "travel",
          "update",
          "updates");

  private static final String ARCHIVE = "(?:zip|tgz|gz|tar|7z|rar|bz2|xz)";

  private static final String COPY =
      "(?:bak\\w?|old|orig|original|save|sav|swp|swo|backup|bkp|bkup|copy|dist|tmp|txt|1|"
          + ARCHIVE
          + ")";

  private ProbeRules() {}

  static List<Rule> rules() {
    return List.of(
        hiddenFile(),
        backupFile(),
        configuration(),
        hiddenFileWeak(),
        backupFileWeak(),
        configurationWeak());
  }

  private static Rule hiddenFile() {
    return rule("scanner-hidden-file", SCANNER)
        .score(SPECIFIC)
        .message("A repository, settings or secrets in a hidden file or folder")
        .provenance("SecLists, discovery; RFC 8615; default names of tools")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        "/\\.(?:git|svn|hg|bzr|cvs)(?:/|$)",
                        SITE
                            + "\\."
                            + any(
                                "env\\b[\\w.~-]*(?:/|$)",
                                "ht(?:access|passwd|group|digest)",
                                "(?:aws|ssh|kube|gnupg|docker|azure|gcloud|vscode|idea\\w*|settings|config|s3cfg|"
                                    + "terraform|subversion|circleci|github|vs|nova|fleet)(?:/|$|\\.(?:php|json|ini|zip)$)",
                                "(?:npmrc|pypirc|netrc|pgpass|my\\.cnf|dockercfg|dockerignore|boto|ftpconfig|sftp\\w*|"
                                    + "ds_store|git-credentials|gitconfig|gitignore|gitmodules|gitattributes|"
                                    + "gitlab-ci\\.yml|travis\\.ya?ml|drone\\.yml|bashrc|profile|zshrc|viminfo|lesshst|"
                                    + "rnd|rhosts|user\\.ini|phpunit\\S*|"
                                    + "project|classpath|buildpath|mailrc|wgetrc|suspected|\\w*history)$"),
                        // Settings of editors and agents, and hidden files by extension.
                        "^/+(?:app/)?\\."
                            + segmentUnlike(
                                "api", "assets", "auth", "netlify", "well-known", "within.website")
                            + "/(?:[\\w.-]+/)*[\\w.-]*(?:env|json|toml|ya?ml|xml|ini|ids|prefs|md|config|php)$",
                        "^/+\\.(?:\\w+ignore|[\\w-]+\\.(?:php|ini|ya?ml|json|conf|env|key|pem|sql|bak|log|toml|sh)"
                            + "|log|sql|dump|backup|bak|old|zip|tar|rar)$")))
        .build();
  }

  private static Rule backupFile() {
    return rule("scanner-backup-file", SCANNER)
        .score(LIKELY)
        .message("A backup, a dump, a log or a key of the site")
        .provenance("SecLists, discovery; Bo0oM fuzz.txt, by shape")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        SITE
                            + any(
                                "[^/]*\\.(?:php\\d?|phtml|inc|aspx?|ashx|jspx?|cfm|cgi)(?:~|[._-]"
                                    + COPY
                                    + "|\\.php_|\\.sw.)$",
                                "secring\\.\\w+$"),
                        LEFT_IN
                            + any(
                                "[\\w.-]+\\.(?:sql|sqlite\\d?|mdb|bak\\w?|old|orig|backup|swp|dump|bkp|bkup)(?:[._](?:old|bak|"
                                    + ARCHIVE
                                    + "))?/?$",
                                "(?:[\\w.-]*(?:backup|dump|bak)|database|db|site|www|web|website|public_html|htdocs|"
                                    + "wwwroot)\\w*\\.(?:tar\\.\\w+|"
                                    + ARCHIVE
                                    + ")$",
                                "[^/]+\\.(?:html?|[cm]?js|ts|py|rb|pl|sh|xml|json|ya?ml|conf|cnf|cfg|ini|config|"
                                    + "properties|env|sql|txt|log|bak|tpl|twig)~$",
                                "(?:\\w+[_.-])?(?:error|access|debug|install|php)[_.]log$",
                                "[a-z_.-]+\\.(?:ini|conf|inc)$",
                                "[\\w.-]*(?:privkey|private|server|ssl|client|localhost|apiserver|etcd)[\\w-]*\\.(?:key|pem)$",
                                "[\\w.-]+\\.(?:ppk|jks|pfx|p12)$"),
                        LOG_IN + LOG_NAME + "\\.log$",
                        // A script with another extension after a character at which a server
                        // truncates the
                        // name.
                        "\\.php(?:\\\\u|%u|\\x00|[^\\w/.?;:,&=-]).*\\.\\w+$")))
        .when(Condition.on(METHOD).notMatches(STORING))
        .build();
  }

  private static Rule configuration() {
    return rule("scanner-configuration", SCANNER)
        .score(LIKELY)
        .message("A configuration file of the site")
        .provenance("SecLists, discovery, by framework")
        .when(
            valuesOf(PATH)
                .matches(
                    any(
                        SETTINGS_IN
                            + any(
                                "web\\.config$",
                                "(?:\\w+[.-])?wp-config[\\w-]*(?:\\.(?:php|inc|"
                                    + COPY
                                    + ")[\\w.~-]*|~)$",
                                "composer\\.(?:json|lock|phar)$",
                                "yarn\\.lock$",
                                "\\.?htpasswd\\w*(?:\\.\\w+)?/?$",
                                "config(?:uration)?\\.(?:php|inc|ini|rb|py)$",
                                "settings\\.(?:php|py|ini|local)(?:$|[.~_-]" + COPY + "$)",
                                "localsettings\\.php(?:$|[.~_-]" + COPY + "$)",
                                "database\\.(?:ya?ml|php)$",
                                "application(?:-\\w+)?\\.(?:ya?ml|properties)$",
                                "local\\.env$",
                                "sftp-config\\.json$",
                                "vagrantfile(?:\\.\\w+)?$",
                                "[\\w-]+\\.tfstate(?:\\.\\w+)?$",
                                "(?:tomcat-users|applicationcontext)\\.xml$",
                                "global\\.asa$",
                                "httpd\\.conf$",
                                "my\\.cnf$",
                                "php\\.ini$"),
                        COMPOSE_IN + "docker-compose[\\w.-]*\\.ya?ml$",
                        SECRETS_IN
                            + any(
                                "(?:aws[_-]?)?credentials" + SECRET_EXTENSION + "$",
                                "id_(?:rsa|dsa|ecdsa|ed25519)(?:\\.(?:pub|key|pem|txt|"
                                    + COPY
                                    + ")|_\\w+|~)?$",
                                "passwd" + SECRET_EXTENSION + "$",
                                "secrets?" + SECRET_EXTENSION + "$"),
                        "^/+(?:\\w+/+)?app/etc/(?:local|config)\\.xml$",
                        "^/+(?:(?:app|web|www|src|docker|build|deploy|public)/)?"
                            + "(?:dockerfile|jenkinsfile|gruntfile\\.js|gemfile(?:\\.lock)?|procfile)$",
                        "^/+config\\.ya?ml$",
                        "/web-inf/(?:$|classes(?:/|$)|lib(?:/|$)|[^ ]*\\.(?:xml|properties|ya?ml|jsp|jar|class)$)",
                        "^/+(?:\\w+/)?meta-inf/(?:$|[^ ]*\\.(?:mf|xml|properties|rsa|sf)$)",
                        "/etc/(?:passwd|shadow)$",
                        "^/+console/base/config\\.json")))
        .when(Condition.on(METHOD).notMatches(STORING))
        .build();
  }

  private static Rule hiddenFileWeak() {
    return rule("scanner-hidden-file-weak", SCANNER)
        .message("A hidden file or folder")
        .provenance("SecLists, discovery; RFC 8615 allows .well-known alone")
        .paranoia(2)
        .when(valuesOf(PATH).matches("/\\.(?:[^wna./?;\\x00-\\x20]|w[^ei]|n[^e]|a[^up])"))
        .build();
  }

  private static Rule backupFileWeak() {
    return rule("scanner-backup-file-weak", SCANNER)
        .message("The name of a backup, dump, log or key, in any folder")
        .provenance("SecLists, discovery")
        .paranoia(2)
        .when(
            valuesOf(PATH)
                .matches(
                    "(?:\\.(?:bak\\w?|old|sav|save|orig|original|backup|swp|swo|sql|sqlite\\d?|dump|mdb|inc|"
                        + "conf|cfg|ini|key|pgp|ovpn|log|rdp|bkp|bkup|copy|sql\\.\\w+|ppk|jks|pfx|p12|prefs|err|"
                        + "dist|php\\d?\\.\\w+|asp\\.\\w+|jsp\\.\\w+|aspx\\.\\w+)|~|_log)/?$"))
        .build();
  }

  private static Rule configurationWeak() {
    return rule("scanner-configuration-weak", SCANNER)
        .message("The name of a configuration file, in any folder")
        .provenance("SecLists, discovery, by framework")
        .paranoia(2)
        .when(
            valuesOf(PATH)
                .matches(
                    "(?:/config\\.ya?ml$|^/+(?:config|package(?:-lock)?|appsettings(?:\\.\\w+)?)\\.json$|/(?:"
                        + any(
                            "config\\.xml",
                            "web\\.config",
                            "wp-config[\\w.~-]*",
                            "docker-compose[\\w.-]*\\.ya?ml",
                            "composer\\.(?:json|lock|phar)",
                            "yarn\\.lock",
                            "application(?:-\\w+)?\\.(?:ya?ml|properties)",
                            "(?:credentials|secrets?|passwd)\\.\\w+",
                            "id_(?:rsa|dsa|ecdsa|ed25519)[\\w.~-]*",
                            "\\.?htpasswd[\\w.]*",
                            "config(?:uration)?\\.(?:php|inc|ini|rb|py)",
                            "[\\w-]+\\.tfstate",
                            "(?:tomcat-users|applicationcontext)\\.xml",
                            "settings\\.\\w+",
                            "crossdomain\\.xml",
                            "clientaccesspolicy\\.xml",
                            "credentials",
                            "dockerfile",
                            "makefile",
                            "gruntfile\\w*",
                            "database\\.\\w+",
                            "passwd",
                            "shadow",
                            "dump")
                        + ")$)"))
        .build();
  }
}
