// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.unlike;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.internal.rules.RuleShapes.valuesOf;
import static io.gatewaykit.waf.rule.RuleFamily.XXE;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.HEADER;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/** External entities, inclusions and extensions of XML. */
final class XxeRules {
  /** Schema names and locations, which documents of most formats contain. */
  private static final String SCHEMA_LOCATION = "schemalocation ?= ?[\"'][^\"']*";

  private static final Values XML = valuesOf(ARG, ARG_NAME, COOKIE, HEADER);

  private XxeRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("xxe-entity", XXE)
            .score(SPECIFIC)
            .message("An entity declaration")
            .provenance("XML 1.0, section 4; CWE-611, CWE-776")
            .when(
                XML.matches(
                    any(
                        "<! ?entity\\b",
                        "<!(?:element|attlist|notation)\\b.*(?:<!|\\]>)",
                        "<!doctype[^>]*(?:\\[|(?:system|public ?[\"'][^\"']*[\"']) ?[\"'](?:file:|ftp:|"
                            + "php:|//|/|\\\\|expect:|jar:|netdoc:|gopher:|https?:(?:[^/]|/[^/]|//"
                            + unlike(FileRules.KNOWN_HOSTS)
                            + ")))",
                        "<!doctype[^>]*\\bsystem ?[\"'][^\"':]*(?:\\.dtd\\?|passwd|:[^/]|:/[^/])")))
            .build(),
        rule("xxe-inclusion", XXE)
            .score(LIKELY)
            .message("An inclusion, or a schema in a local file or at a numeric or local address")
            .provenance("XInclude 1.0; XML Schema, schemaLocation; CWE-827")
            .when(
                XML.matches(
                    any(
                        "\\bxi:include",
                        "/xinclude",
                        SCHEMA_LOCATION
                            + "(?:(?:file|ftp|jar|php|netdoc|gopher|expect):|https?://(?:[\\d.]+|\\[|"
                            + "localhost)[^\\w.-])",
                        "<\\?xml-stylesheet\\b",
                        "<xsl:(?:include|import)\\b")))
            .build(),
        rule("xxe-remote-schema", XXE)
            .paranoia(2)
            .message("A schema from another host")
            .provenance("XML Schema, schemaLocation; CWE-918")
            .when(XML.matches(SCHEMA_LOCATION + "https?://" + unlike(FileRules.KNOWN_HOSTS)))
            .build(),
        rule("xxe-stylesheet-code", XXE)
            .score(SPECIFIC)
            .message("A style sheet that executes code or reads files")
            .provenance("XSLT 1.0, document(); PHP, Java and .NET extensions of XSLT; CWE-91")
            .when(
                XML.matches(
                    any(
                        "\\bphp:function",
                        "xmlns:php ?=",
                        "xmlns:\\w+ ?= ?[\"'](?:http://xml\\.apache\\.org/x|xalan|java:|"
                            + "urn:schemas-microsoft-com:xslt|http://php\\.net)",
                        "<msxsl:",
                        "\\bmsxsl:script",
                        "\\bxalan:",
                        "system-property ?\\( ?'",
                        "\\bselect ?= ?[\"'][^\"']*(?:document|unparsed-text|doc) ?\\( ?['\"&]",
                        "<xsl:(?:value-of|copy-of|result-document|variable)[^>]*(?:document|runtime|system|"
                            + "java|unparsed)")))
            .build());
  }
}
