// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.unlike;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.PHP;
import static io.gatewaykit.waf.rule.RuleFamily.XSS;
import static io.gatewaykit.waf.rule.RuleFamily.XXE;
import static io.gatewaykit.waf.rule.Target.FILE_BINARY;
import static io.gatewaykit.waf.rule.Target.FILE_MEDIA;
import static io.gatewaykit.waf.rule.Target.FILE_NAME;
import static io.gatewaykit.waf.rule.Target.FILE_SVG;
import static io.gatewaykit.waf.rule.Target.FILE_TEXT;
import static io.gatewaykit.waf.rule.Target.FILE_XML;
import static io.gatewaykit.waf.rule.Transformation.COMPRESS_WHITESPACE;
import static io.gatewaykit.waf.rule.Transformation.HTML_DECODE;
import static io.gatewaykit.waf.rule.Transformation.LOWERCASE;
import static io.gatewaykit.waf.rule.Transformation.REMOVE_NULLS;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * Uploaded files. Source code, mail and pages are harmless in a file. These rules match files that
 * a server would execute, or that attack their reader. Random data contains every short text, so
 * patterns for binary files have at least six fixed bytes.
 */
final class FileRules {
  /** Hosts that common document types refer to, and that receive no information from them. */
  static final String[] KNOWN_HOSTS = {
    "www.w3.org/",
    "www.oasis-open.org/",
    "docbook.org/",
    "www.docbook.org/",
    "www.apple.com/dtds/",
    "java.sun.com/",
    "www.hibernate.org/",
    "hibernate.sourceforge.net/",
    "mybatis.org/",
    "logging.apache.org/",
    "struts.apache.org/",
    "www.springframework.org/",
    "checkstyle.org/",
    "www.puppycrawl.com/"
  };

  private FileRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("file-name-executable", PHP)
            .message("An uploaded file that the client or the server's shell would execute")
            .provenance("OWASP, unrestricted file upload")
            .paranoia(2)
            .when(
                Condition.on(FILE_NAME)
                    .matches(
                        "\\.(?:pl|pyc?|rb|sh|bash|exe|bat|cmd|ps1|vbs|wsf|hta)(?:[. \\x00:;/\\\\%]|::\\$data)*$"))
            .build(),
        rule("file-script-in-media", PHP)
            .score(SPECIFIC)
            .message("PHP code in an image, audio or video file, or in text declared as one")
            .provenance("OWASP, unrestricted file upload; polyglot files")
            .when(
                Condition.on(FILE_MEDIA)
                    .transform()
                    .matches(
                        any(
                            "<\\?[pP][hH][pP][ \\t\\r\\n]+[\\t\\r\\n -~]{4}",
                            "<\\?= ?(?:`\\$_|\\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\\b)",
                            "<script language=[\"']?php")))
            .build(),
        rule("file-script-in-binary", PHP)
            .score(SPECIFIC)
            .message("PHP code that reads request data, in a binary file")
            .provenance("OWASP, unrestricted file upload; polyglot files")
            .when(
                Condition.on(FILE_BINARY)
                    .transform()
                    .matches(
                        "<\\?(?:[pP][hH][pP][ \\t\\r\\n]|=)[\\t\\r\\n -~]{0,60}"
                            + "\\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\\b"))
            .build(),
        rule("file-script", PHP)
            .score(SPECIFIC)
            .message("Text that starts like a server-side script")
            .provenance("OWASP, unrestricted file upload")
            .when(
                Condition.on(FILE_TEXT, FILE_XML)
                    .transform(LOWERCASE)
                    .matches(
                        any(
                            "^(?:\\xef\\xbb\\xbf)?\\s*(?:#![^\\n]{0,80}\\n\\s*)?<\\?(?:php\\s|=)",
                            "^(?:\\xef\\xbb\\xbf)?\\s*<%@?\\s*"
                                + any(
                                    "page\\s",
                                    "import\\s",
                                    "language\\s*=",
                                    "eval",
                                    "execute",
                                    "webhandler"),
                            "^\\s*<jsp:root",
                            "^\\s*<script[^>]{0,40}runat\\s*=\\s*[\"']?server")))
            .build(),
        rule("file-settings", PHP)
            .score(SPECIFIC)
            .message("Server settings that make other files executable")
            .provenance("Apache, AddHandler and SetHandler; PHP, auto_prepend_file")
            .when(
                Condition.on(FILE_TEXT)
                    .transform(LOWERCASE)
                    .matches(
                        "^[\\s\\w.\"<>*\\\\|^$()#-]{0,80}"
                            + any(
                                "\\b(?:add|set)(?:handler|type)\\s+(?:[\\w/-]*php|cgi-script|server-parsed)",
                                "\\bauto_(?:pre|ap)pend_file\\s*=")))
            .build(),
        rule("file-svg-script", XSS)
            .message("An SVG image that runs script")
            .provenance("SVG 2, section 15; CVE-2021-21381 and many others")
            .when(
                Condition.on(FILE_SVG)
                    .transform(HTML_DECODE, REMOVE_NULLS, LOWERCASE, COMPRESS_WHITESPACE)
                    .matches(
                        any(
                            "<(?:\\w+:)?script\\b",
                            "[\\s\"'/]on(?:load|error|click|begin|end|repeat|activate|abort|focus\\w*|blur|"
                                + "mouse\\w+|key\\w+|pointer\\w+|touch\\w+|wheel|scroll|unload|resize|zoom|"
                                + "animation\\w+|transition\\w+|toggle|input|change|drag\\w*|drop)\\s?=",
                            "[\"'=\\s]javascript\\s?:",
                            "[\"'=]\\s?data:(?:text/html|application/xhtml|image/svg\\+xml;base64|text/xml)",
                            "<(?:\\w+:)?(?:iframe|embed|object|handler)\\b")))
            .build(),
        rule("file-xml-entity", XXE)
            .score(SPECIFIC)
            .message("An external entity, or one that expands exponentially")
            .provenance("XML 1.0, section 4; CWE-611, CWE-776")
            .when(
                Condition.on(FILE_XML, FILE_SVG, FILE_TEXT)
                    .transform(LOWERCASE, COMPRESS_WHITESPACE)
                    .matches(
                        any(
                            "<!entity (?:% ?)?[\\w.:-]+ (?:system|public ?[\"'][^\"'<>]{0,200}[\"']) ?[\"'] ?"
                                + any(
                                    "(?:file|php|expect|jar|netdoc|gopher|ftp|ldap|data|phar|zip|dict):",
                                    "/",
                                    "\\\\\\\\",
                                    "[a-z]:[/\\\\]",
                                    "\\.\\./\\.\\./\\.\\./",
                                    "https?://" + unlike(KNOWN_HOSTS)),
                            "<!doctype [\\w.:-]+ (?:system|public ?[\"'][^\"'<>]{0,200}[\"']) ?[\"'] ?"
                                + "(?:(?:file|php|expect|jar|netdoc|gopher|ftp|ldap|phar):|/(?:etc|proc|dev)/)",
                            "<!entity [\\w.:-]+ ?[\"'](?:&[\\w.:-]+; ?){2,}[\"']")))
            .build(),
        rule("file-xml-inclusion", XXE)
            .score(SPECIFIC)
            .message("An inclusion of an external file")
            .provenance("XInclude 1.0")
            .when(
                Condition.on(FILE_XML, FILE_SVG)
                    .transform(LOWERCASE, COMPRESS_WHITESPACE)
                    .matches(
                        any(
                            "<\\w*:?include\\b[^>]{0,200}\\bhref ?= ?[\"'](?:(?:file|php|expect|jar|gopher|ftp):|/etc/|/proc/)",
                            // An image of a system file, which a converter would render.
                            "\\bhref ?= ?[\"'] ?(?:file:/{0,3}/(?:etc|proc|root)/|(?:php|expect|gopher|netdoc):)")))
            .build());
  }
}
