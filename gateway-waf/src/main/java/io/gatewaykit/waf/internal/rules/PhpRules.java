package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.PHP;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** PHP code, variables, wrappers and serialized objects. */
final class PhpRules {
  private PhpRules() {}

  static List<Rule> rules() {
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
            .build());
  }
}
