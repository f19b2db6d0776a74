package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.XXE;
import static io.gatewaykit.waf.rule.Target.ARG;
import static io.gatewaykit.waf.rule.Target.ARG_NAME;
import static io.gatewaykit.waf.rule.Target.BODY;
import static io.gatewaykit.waf.rule.Target.COOKIE;
import static io.gatewaykit.waf.rule.Target.HEADER;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** External entities, inclusions and extensions of XML. Looks at the XML text itself too. */
final class XxeRules {
  private XxeRules() {}

  private static Rule.Builder xml(String id) {
    return on(id, XXE, ARG, ARG_NAME, COOKIE, HEADER, BODY);
  }

  static List<Rule> rules() {
    return List.of(
        xml("xxe-entity")
            .message("The declaration of an entity")
            .provenance("XML 1.0, section 4; CWE-611, CWE-776")
            .matches(
                any(
                    "<! ?entity\\b",
                    "<!(?:element|attlist|notation)\\b.*(?:<!|\\]>)",
                    "<!doctype[^>]*(?:\\[|(?:system|public ?[\"'][^\"']*[\"']) ?[\"'](?:https?:|file:|"
                        + "ftp:|php:|//|/|\\\\|expect:|jar:|netdoc:|gopher:))",
                    "<!doctype[^>]*\\bsystem ?[\"'][^\"']*(?:\\.dtd\\?|passwd|:)"))
            .build(),
        xml("xxe-inclusion")
            .message("An inclusion or a schema from elsewhere")
            .provenance("XInclude 1.0; XML Schema, schemaLocation; CWE-827")
            .matches(
                any(
                    "\\bxi:include",
                    "/xinclude",
                    "schemalocation ?= ?[\"'][^\"']*(?:file:|http)",
                    "<\\?xml-stylesheet\\b",
                    "<xsl:(?:include|import)\\b"))
            .build(),
        xml("xxe-stylesheet-code")
            .message("A style sheet that runs code or reads files")
            .provenance("XSLT 1.0, document(); PHP, Java and .NET extensions of XSLT; CWE-91")
            .matches(
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
                        + "java|unparsed)"))
            .build());
  }
}
