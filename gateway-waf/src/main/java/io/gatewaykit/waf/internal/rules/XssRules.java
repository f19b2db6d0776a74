package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.XSS;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** Cross-site scripting. */
final class XssRules {
  private XssRules() {}

  static List<Rule> rules() {
    return List.of(
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
            .build());
  }
}
