// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.words;
import static io.gatewaykit.waf.internal.rules.RuleShapes.BESIDE_SENTENCE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.PHP;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/**
 * PHP code, variables, wrappers and serialized objects. A function matches only where it is called:
 * {@code eval(} is an attack, "please echo my answer" is not. Functions with the same name in other
 * languages also require an argument typical of PHP, or a value that consists only of the call.
 */
final class PhpRules {
  /** Functions with names and calls specific to PHP. */
  private static final String PHP_FUNCTION =
      words(
          """
          shell_exec passthru proc_open proc_\\w+ pcntl_\\w+ create_function
          call_user_func(?:_array)? func_get_args? file_(?:get|put)_contents base64_decode
          gzinflate gzuncompress gzdecode bzdecompress bzopen gzopen str_rot13 strrev phpinfo
          phpversion phpcredits php_uname php_sapi_name php_strip_whitespace posix_\\w+
          ini_(?:set|get|get_all|restore|alter) get_defined_\\w+ get_cfg_var get_current_user
          getcwd move_uploaded_file highlight_(?:file|string) show_source unserialize
          array_(?:map|filter|walk|reduce|diff_u\\w+|intersect_u\\w+|udiff\\w*)
          preg_(?:replace|match|filter|split|grep)(?:_\\w+)? mb_ereg_replace usort uasort uksort
          iterator_apply parse_str extract import_request_variables
          register_(?:shutdown|tick)_function set_(?:error|exception)_handler ob_start
          session_set_save_handler spl_autoload\\w* dl escapeshell(?:arg|cmd)
          disk(?:free|total)space disk_(?:free|total)_space fsockopen pfsockopen stream_\\w+
          curl_(?:exec|init|setopt|multi_exec) symlink readlink readgzfile fpassthru
          parse_ini_file simplexml_load_\\w+ xml_parse\\w* tmpfile tempnam opendir scandir glob
          is_(?:callable|readable|writable|writeable|executable) fputs fgets fread chr
          error_(?:log|reporting) assert_options apache_\\w+ getenv putenv get_loaded_extensions
          zend_version var_dump print_r mysqli?_(?:connect|query|fetch\\w*) odbc_\\w+ ftp_\\w+
          mail virtual inet_ntop unlink lcg_value str_repeat hex2bin bin2hex
          convert_uu(?:de|en)code json_decode json_encode file(?:_exists|perms)
          """);

  /** Functions whose names also occur in other languages. */
  private static final String SHARED_FUNCTION =
      words(
          """
          eval assert system exec popen readfile fopen fwrite file include(?:_once)?
          require(?:_once)? exit die print printf echo md5 sha1 crc32 chmod copy rename rmdir
          mkdir touch define constant sleep usleep strlen implode explode join sprintf
          var_export range header ord pos end current reset next link
          """);

  /** Functions that display the settings of the server. */
  private static final String INFORMATION = any("phpinfo", "phpversion", "phpcredits", "php_uname");

  /** White space and comments between a function name and its bracket. */
  private static final String GAP = "(?: |/\\*[^/(]*\\*/|#[^( ]*|//[^( ]*)*";

  /** An argument typical of PHP code. */
  private static final String PHP_ARGUMENT =
      "\\("
          + GAP
          + any(
              "[\"'`] ?[.$]",
              "\\$",
              "@",
              "\\\\",
              "0x",
              PHP_FUNCTION + GAP + "\\(",
              "eval ?\\(",
              "\\( ?\\$",
              "~");

  private PhpRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("php-function-call", PHP)
            .score(LIKELY)
            .message(
                "A call of a PHP function that executes code, reads files or displays settings")
            .provenance("PHP manual, function reference; CWE-94")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[^\\w.>$:-])@?\\\\?"
                            + any(
                                "shell_exec",
                                "passthru",
                                "proc_open",
                                "pcntl_exec",
                                "create_function",
                                "call_user_func(?:_array)?",
                                "file_(?:get|put)_contents",
                                "base64_decode",
                                "gzinflate",
                                "gzuncompress",
                                "bzdecompress",
                                "str_rot13",
                                "posix_\\w+",
                                "ini_(?:set|get|alter)",
                                "get_cfg_var",
                                "move_uploaded_file",
                                "highlight_(?:file|string)",
                                "show_source",
                                "unserialize",
                                "array_(?:map|filter)",
                                "preg_replace(?:_callback)?",
                                "register_shutdown_function",
                                "escapeshell(?:arg|cmd)",
                                "fsockopen",
                                "curl_exec",
                                "scandir",
                                "get_defined_\\w+",
                                "readgzfile",
                                "php_strip_whitespace",
                                "parse_ini_file",
                                "opcache_\\w+",
                                "getallheaders",
                                "apache_\\w+")
                            + GAP
                            + "\\(",
                        // Without arguments, these are also named in sentences
                        "(?:^|[^\\w.>$:-])@?\\\\?"
                            + INFORMATION
                            + GAP
                            + "\\( ?(?:[^) ]|\\) ?[;}\\]\"'`|&+*/%=<>-])",
                        "[^\\w.>$:\\- ]@?\\\\?" + INFORMATION + GAP + "\\( ?\\)$")))
            .build(),
        rule("php-shared-call", PHP)
            .message("A call typical of PHP code")
            .provenance("PHP manual, function reference; CWE-95")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[^\\w.>$:-])@?\\\\?" + SHARED_FUNCTION + GAP + PHP_ARGUMENT,
                        "(?:^|[;{}\"'.,=] ?)@?(?:eval|assert|system|exec|popen|readfile|fopen|include|"
                            + "require|include_once|require_once) ?\\(? ?[\"'][^\"']{1,80}[\"'] ?\\)? ?;")))
            .build(),
        rule("php-call-only", PHP)
            .score(LIKELY)
            .message("A value that is a call of a PHP function")
            .provenance("PHP manual, function reference")
            .when(
                EVERYWHERE.matches(
                    "^[^a-z$]{0,6}(?:foo|x|(?:echo|print|return) )?"
                        + any(
                            PHP_FUNCTION,
                            "eval",
                            "assert",
                            "system",
                            "exec",
                            "popen",
                            "readfile",
                            "fopen",
                            "exit",
                            "die",
                            "print",
                            "md5")
                        + GAP
                        + "=?\\([^()]*(?:\\([^()]*\\)[^()]*)*\\)? ?;?(?://|#|\\?>)?[^a-z]{0,6}$"))
            .build(),
        rule("php-breakout", PHP)
            .score(LIKELY)
            .message("A closed literal, a statement, and the rest commented out")
            .provenance("wapiti, module exec; CWE-95")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^(\"' ]*[\"';.][ .;)}]*@?[a-z_]\\w*\\(.*\\) ?; ?(?://|#|/\\*)",
                        "^[a-z]?;[a-z_]\\w*\\(.*\\);?(?://|#)",
                        "[\"'] ?\\. ?"
                            + any(PHP_FUNCTION, SHARED_FUNCTION)
                            + " ?\\([^)]*\\) ?\\. ?[\"']",
                        "\\$\\{ ?@?(?:print|eval|system|exec|phpinfo|passthru|assert)\\b")))
            .build(),
        rule("php-string-call", PHP)
            .score(LIKELY)
            .message("A function call through a string, an array or a variable variable")
            .provenance("PHP manual, variable functions; published bypasses of function filters")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[=;,({ ])[\"']\\\\?[\\w\\\\.]{2,40}[\"']\\( ?[^) ]",
                        "\\bchr ?\\( ?\\d+ ?\\) ?\\. ?chr ?\\(",
                        "\\[ ?[\"']?\\w+[\"']? ?\\] ?\\[ ?\\d ?\\] ?\\(",
                        "\\$\\$+\\{?\\w+\\}? ?\\(",
                        "\\$\\{ ?[\"'$]",
                        "\\$_+ ?[\\[{(]",
                        "\\$\\w+\\{[^}]*\\}\\[",
                        "\\([\"'][\\w.\"' ]+[\"']\\) ?\\(",
                        "^[^a-z]{0,4}\\((?:/\\*[^/(]*\\*/)? ?[a-z_]\\w*(?:\\.[\\w.]+)? ?\\) ?\\([^)]*\\) ?;",
                        "\\[ ?[\"'][a-z_]\\w*[\"'] ?\\](?:\\[\\d\\])? ?\\( ?[\"'$\\w]",
                        "\\((?:system|exec|shell_exec|passthru|popen|proc_open|assert|phpinfo|eval)\\) ?\\(",
                        "\\bnew reflection(?:function|class|method) ?\\(",
                        "\\{\\$\\{ ?\\w+ ?\\(",
                        "@?\\$_+ ?=[^=]")))
            .build(),
        rule("php-variable-call", PHP)
            .score(LIKELY)
            .message("A value that calls a variable function")
            .provenance("PHP manual, variable functions")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^a-z$]{0,10}@?(?:\\w+::)?\\$\\{?['\"]?[a-z_]\\w*['\"]?\\}?(?:\\[[^\\]]*\\]|"
                            + "\\{[^}]*\\})* ?(?:/\\*[^(]*\\*/ ?|(?://|#)[^( ]* ?)?\\([^)]*\\)? ?;?$",
                        "@\\$\\w+ ?\\(",
                        "\\$[a-z_]\\w* ?= ?(?:\\$_|create_function|base64_decode|str_rot13|"
                            + "[\"'][a-z_]{1,10}[\"'] ?\\.)",
                        "\\$\\w+ ?\\( ?\\$_?\\w+ ?[\\[)]",
                        "\\$\\w+ ?= ?(?:fopen|curl_init|fsockopen|popen) ?\\(")))
            .build(),
        rule("php-superglobal", PHP)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("A variable that holds the request or server settings")
            .provenance("PHP manual, superglobals")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\$ ?\\{?[\"']?_(?:get|post|request|cookie|server|files|session|"
                            + "env)\\b ?[}\"']* ?[\\[{]",
                        "\\$globals ?\\[",
                        "\\$http_(?:get|post|raw|server|cookie)_\\w+",
                        "\\b(?:globals|_(?:get|post|request|server|session|cookie|files|env))\\[",
                        "^_(?:get|post|request|server|session|cookie|files|env)$",
                        "^call_user_func(?:_array)?$",
                        "^__(?:construct|destruct|wakeup)$")))
            .build(),
        rule("php-open-tag", PHP)
            .proseScores(MENTION, BESIDE_SENTENCE)
            .message("The start of PHP code")
            .provenance("PHP manual, PHP tags")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<\\?php\\b",
                        "<\\?=? ?(?:\\$|[\"'`]|echo|print|system|exec|eval|passthru|phpinfo|include|"
                            + "require|@|/\\*|\\w+ ?\\()",
                        "\\[/?php\\]",
                        "<script[^>]*language ?= ?[\"']?php",
                        "<\\?=.*\\?>",
                        "<\\?xml[^?>]*:echo",
                        "^[ ]*<\\? ")))
            .build(),
        rule("php-wrapper", PHP)
            .score(SPECIFIC)
            .message("A PHP stream wrapper")
            .provenance("PHP manual, supported protocols and wrappers; CVE-2012-1823")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\b(?:php|phar|zip|zlib|compress\\.\\w+|expect|glob|ogg|rar|ssh2(?:\\.\\w+)?|"
                            + "bzip2|phps)://",
                        "\\bdata:[a-z]*/?[a-z]*;base64,(?:pd9|pdw)",
                        "\\bdata://",
                        "\\bdata:(?:text/plain)?,? ?<\\?")))
            .build(),
        rule("php-object", PHP)
            .score(SPECIFIC)
            .message("A serialized PHP object")
            .provenance("PHP manual, unserialize; phpggc; CWE-502")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[;{ :\"'=])[oc]:\\+?\\d+:\"[^\"]*\":\\+?\\d+:\\{",
                        "\\ba:\\+?\\d+:\\{[isoabd]:\\+?\\d+",
                        "(?:^|[;{])[oc]:\\+?\\d+:\\\\?\"",
                        "^(?:tzo|yto)[0-9xyzmn][a-z0-9+/=]{10,}$",
                        "__php_incomplete_class",
                        "__halt_compiler")))
            .build(),
        rule("php-setting", PHP)
            .score(LIKELY)
            .message("A PHP setting that allows code to be included")
            .provenance("PHP manual, php.ini directives; CVE-2012-1823, CVE-2024-4577")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\b(?:allow_url_(?:include|fopen)|auto_(?:pre|ap)pend_file|disable_functions|"
                            + "open_basedir|suhosin\\.[\\w.]+|opcache\\.\\w+|safe_mode\\w*|cgi\\.\\w+|"
                            + "zend\\.\\w+|session\\.\\w+|assert\\.\\w+|error_(?:log|prepend_string)|"
                            + "user_ini\\.\\w+|extension_dir|output_handler|unserialize_callback_func)(?: ?=|"
                            + " on\\b)",
                        "^(?:memory_limit|max_\\w+_(?:time|size)|upload_max_filesize|post_max_size|"
                            + "display_errors|short_open_tag|include_path|upload_tmp_dir|sendmail_path) ?= ?\\S+$",
                        "^[ +-]*-d ?[\\w.]+ ?=",
                        "^[-\\xc2\\xad]+[sd]\\b ?(?:\\+|allow_|auto_)")))
            .build(),
        rule("php-upload", PHP)
            .score(SPECIFIC)
            .message("An uploaded file that a server would execute")
            .provenance("OWASP, unrestricted file upload; CVE-2026-33691")
            .when(
                valuesOf(Target.FILE_NAME)
                    .matches(
                        any(
                            "\\.(?:php\\d?|phtml?|pht|phar|phps|pgif|shtml?|inc|jspx?|jspf|jsw|jsv|aspx?|asa|"
                                + "asax|ascx|ashx|asmx|cer|cfml?|cfc|cgi|htaccess|"
                                + "user\\.ini)(?:[. \\x00:;/\\\\%]|::\\$data)*(?:$|;|\\x00|\\.(?:jpe?g|"
                                + "png|gif|pdf)$)",
                            "^\\.(?:htaccess|user\\.ini)$")))
            .build(),
        rule("php-upload-header", PHP)
            .score(LIKELY)
            .message("A file name in a header field that a server would execute")
            .provenance("Upload handlers that take the name from X-Filename")
            .when(
                Condition.on(Target.HEADER.named("x*filename"), Target.HEADER.named("x*file-name"))
                    .matches(
                        any(
                            "(?:\\.|-)(?: ?php\\d?|phtml?|pht|phar|jspx?|aspx?)\\b",
                            "\\.ini$",
                            "^\\.ht")))
            .build(),
        rule("php-call-weak", PHP)
            .message("A call of any PHP function with an argument")
            .provenance("PHP manual, function reference")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^|[^\\w.])" + PHP_FUNCTION + GAP + "\\([^)]",
                        "(?:^|[;{}&|!@(='\"`]) ?" + SHARED_FUNCTION + GAP + "\\([^)]")))
            .build());
  }
}
