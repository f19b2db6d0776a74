// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.words;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.MENTION;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.XSS;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Values;
import java.util.List;

/**
 * Cross-site scripting: elements, attributes and URLs that execute or load code, and script whose
 * only purpose is execution. A tag matches only if a browser parses it as one, with a bracket, an
 * attribute or the end after its name. A word after a less-than sign does not match.
 */
final class XssRules {
  private static final String TAG_END =
      "(?:[ /\\x0c]*>|[ /\\x0c]+[\\w:.-]+(?: ?=|[ /]+[\\w:.-]+ ?=)|[ /\\x0c]*$)";

  /**
   * The text before markup that an attacker injects: nothing, or the end of an attribute and a tag.
   * Prose about markup has words before it.
   */
  private static final String MARKUP_START = "(?:^[^a-z]{0,20}|[\"'`] ?/?> ?)";

  /** Names of real event handlers. {@code on} followed by any word would match prose. */
  private static final String EVENT =
      "on"
          + words(
              """
              abort activate afterprint after\\w+ animation\\w+ auxclick before\\w+ begin blur
              bounce canplay\\w* cell\\w+ change click close contextmenu control\\w+ copy
              cuechange cut data\\w+ dblclick deactivate drag\\w* drop durationchange emptied
              end ended error\\w* filterchange finish focus\\w* formdata fullscreen\\w*
              gotpointercapture hashchange help input invalid key\\w+ languagechange
              layoutcomplete load\\w* losecapture lostpointercapture media\\w+ message\\w*
              mouse\\w+ move\\w* offline online open orientationchange outofsync page\\w+ paste
              pause play\\w* pointer\\w+ popstate progress propertychange ratechange
              readystatechange redo repeat reset resize\\w* resume reverse row\\w+ scroll\\w*
              search security\\w+ seek\\w* select\\w* show slotchange stalled start stop storage
              submit suspend syncrestored time\\w* toggle touch\\w+ transition\\w+ undo
              unhandled\\w+ unload urlflip volumechange waiting webkit\\w+ wheel zoom
              """);

  /**
   * Returns a pattern for the letters of a scheme, between which browsers ignore white space and
   * control characters.
   */
  private static String scheme(String name) {
    return String.join("[\\x00-\\x20]*", name.split(""));
  }

  private static final String SCRIPT_SCHEME =
      any(scheme("javascript"), scheme("vbscript"), scheme("livescript"), "mocha");

  private static final String DIALOG = any("alert", "prompt", "confirm");

  private static final String GLOBAL =
      any("window", "self", "top", "parent", "frames", "globalthis", "document", "this");

  /**
   * The values of rules on script without markup. Browser policy reports quote script of the page
   * itself.
   */
  private static final Values SCRIPT = EVERYWHERE.except(Target.ARG, "script-sample");

  private XssRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("xss-script-tag", XSS)
            .message("A script element")
            .provenance("HTML standard, script")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<[ /\\x0c]*(?:\\w{1,20}:)?script" + TAG_END,
                        "<script[^\\w <>][^<>]*>",
                        "<script[ /]*<",
                        "<script[ /]+src",
                        "</script[ />]",
                        "<scr<script",
                        "<script[^<>]*[({]",
                        "<[%\\x00-\\x20]+/?script\\b",
                        "<(?:py|x)-script\\b",
                        "\\xbc/?script(?:\\xc2|\\xd0)?\\xbe")))
            .build(),
        rule("xss-active-element", XSS)
            .message("An element that loads or executes a resource")
            .provenance("HTML standard; OWASP XSS filter evasion cheat sheet")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<[ /\\x0c]*(?:\\w{1,20}:)?"
                            + any(
                                "iframe",
                                "object",
                                "embed",
                                "applet",
                                "frameset",
                                "frame",
                                "isindex",
                                "bgsound",
                                "i?layer",
                                "xss",
                                "vmlframe",
                                "foreignobject",
                                "animate(?:motion|transform)?",
                                "set",
                                "handler",
                                "listener",
                                "portal",
                                "fencedframe",
                                "keygen",
                                "noembed",
                                "noscript",
                                "plaintext",
                                "marquee")
                            + TAG_END,
                        "<(?:base|link|param|import)[ /]+[^>]*(?:href|content|charset|value|implementation) ?=",
                        // Names and descriptions of a page are inert.
                        "<meta[ /]+[^>]*(?:http-equiv ?=|charset ?=[ \"']*(?:utf-(?:7|16|32)|x-|iso-2022|euc|gb|big5|hz))",
                        "<x(?:ml|ss)[ /]+(?:src|id|style|on\\w+) ?=",
                        "<\\?(?:xml-stylesheet|import)\\b",
                        "<:?vmlframe",
                        "<t:set\\b")))
            .build(),
        rule("xss-handler-attribute", XSS)
            .message("A tag with an event handler")
            .provenance(
                "HTML standard, event handler content attributes; PortSwigger XSS cheat sheet")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<[a-z!?/][^>]*[ \"'`/\\x0c;,)\\x80-\\xff]"
                            + "on[a-z]{3,30}[ \\x00-\\x1f/]*=",
                        "<[a-z]+[^a-z<>]{1,3}on[a-z]{3,30} ?=")))
            .build(),
        rule("xss-handler-breakout", XSS)
            .message("An event handler after the end of an attribute")
            .provenance("OWASP, XSS in attribute values")
            .when(
                EVERYWHERE.matches(
                    any(
                        "(?:^[^<>]{0,60}[\"'`][ /,;]*|^[ /]*|[\"'`] |/>? ?)"
                            + EVENT
                            + " ?= ?(?:[\"'`{]|[^ =<>\"'`]{0,80}[(`=.;&\\\\\\[])",
                        "[\"'`][ /,;]*" + EVENT + "=[^ =]+ ?$",
                        "\\b" + EVENT + " ?= ?[\"'`]?[\\w.$\\[\\]\"'{}]+ ?[(`]")))
            .build(),
        rule("xss-url-attribute", XSS)
            .message("An attribute that contains script")
            .provenance("OWASP XSS filter evasion cheat sheet; HTML5 Security Cheatsheet")
            .when(
                EVERYWHERE.matches(
                    "<[a-z!?/][^>]*(?:(?:src|href|action|formaction|data|code|background|poster|lowsrc|"
                        + "dynsrc|content|from|to|values|xlink:href|manifest|style|srcdoc|srcset|classid|"
                        + "codebase) ?= ?[\"'`]?[^\"'`>]*(?:"
                        + SCRIPT_SCHEME
                        + "[\\x00-\\x20]*:|data:(?:text/(?:html|xml|javascript)|image/svg|application/x?)|&#|"
                        + "&colon)|\\bsrcdoc ?=|formaction ?=|xlink:href ?= ?[\"']?(?:data|java|http|//|\\?)|"
                        + "\\bdownload ?=|\\bhttp-equiv|allowscriptaccess|datasrc ?=|"
                        + "\\bbackground ?= ?[\"']?(?://|https?:)|ping ?= ?[\"']?(?:https?|//)|autofocus|"
                        + "\\bis ?= ?[\"']?\\w+-)"))
            .build(),
        rule("xss-style", XSS)
            .message("A style that executes or loads a resource")
            .provenance("HTML5 Security Cheatsheet, CSS vectors")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<style\\b[^>]*>[^<]*(?:@import|expression|-moz-binding|behavior|url ?\\(|@charset|"
                            + ":)",
                        "style ?= ?[\"'`]?[^>]*(?:expression ?\\(|-moz-binding|behavior ?:|"
                            + "url ?\\( ?[\"']?(?:java|vb|data|//)|-o-link)",
                        "\\bexpression ?\\( ?(?:alert|eval|write|this|window|document|\\()",
                        "-moz-binding ?: ?url",
                        // At its start, a style sheet may import others
                        "[{}<>\"'(] ?@import ?[\"'(u].{0,4}(?:https?:|//)",
                        "@import ?[\"'(u].{0,4}(?:java|data)",
                        "behavior ?: ?url ?\\(")))
            .build(),
        rule("xss-svg", XSS)
            .score(LIKELY)
            .message("SVG or MathML with script")
            .provenance("HTML5 Security Cheatsheet, SVG vectors")
            .when(
                EVERYWHERE.matches(
                    "<(?:svg|math|use|image|maction|mglyph|desc|foreignobject)\\b[^>]*(?:>.*<(?:script|"
                        + "animate|set|a|use|style|handler|foreignobject|image|title|p|mtext|desc|x)\\b|"
                        + "xlink:href|href ?= ?[\"']?(?:data:|#\\w+ ?on|java))"))
            .build(),
        rule("xss-script-url", XSS)
            .score(LIKELY)
            .message("A URL that is script")
            .provenance("WHATWG URL; OWASP XSS filter evasion cheat sheet")
            .when(
                EVERYWHERE.matches(
                    any(
                        "[\\x00-\\x20(]"
                            + SCRIPT_SCHEME
                            + ":(?:[a-z_$][\\w$.\\[\\]]* ?[(`=+\\[]|/[*/]|[\\[({+!~`&%\\\\])",
                        "(?:^|[\"'`=>,\\x00-\\x1f\\[])"
                            + SCRIPT_SCHEME
                            + "[\\x00-\\x20]*:(?:[\\x00-\\x20]*(?:(?:[a-uw-z_$.\\[\\]\"'\\\\]|"
                            + "v[^o])[\\w$.\\[\\]\"'\\\\]* ?(?:[(`=+\\[?]|%28)|/[*/]|[\\[({+!~`\"'&%#\\\\<-]|//|"
                            + "\\?))",
                        "^" + SCRIPT_SCHEME + "[\\x00-\\x20]*:[^ ;v]",
                        "[\"'`=]" + SCRIPT_SCHEME + "#\\w+ ?\\(",
                        "\\b(?:v[\\x00-\\x20]+b|j[\\x00-\\x20]+a|"
                            + "ja[\\x00-\\x20]+v)[a-z\\x00-\\x20]{5,20}t[\\x00-\\x20]*:")))
            .build(),
        rule("xss-data-url", XSS)
            .score(LIKELY)
            .message("A data URL of a document or script")
            .provenance("RFC 2397; HTML5 Security Cheatsheet")
            .when(
                EVERYWHERE.matches(
                    any(
                        "\\bdata:(?:text/(?:html|xml|javascript|x-javascript)|application/(?:xhtml|"
                            + "javascript|x-javascript|xml)|image/svg\\+xml)\\b",
                        "\\bdata:[^ ,]{0,40};base64,(?:phnj|pcfk|phn2|phnjcmlwd|amf2)")))
            .build(),
        rule("xss-dialog", XSS)
            .score(LIKELY)
            .message("A call that shows a dialog, typical of probes")
            .provenance("PortSwigger XSS cheat sheet")
            .when(
                SCRIPT.matches(
                    any(
                        "(?:^|[\"'`;)}/(=+,*|&>!~?:<%-]|\\b(?:throw|return|void|in|typeof|new|delete|"
                            + "of)\\b) ?(?:"
                            + GLOBAL
                            + "(?:\\?\\.|\\.))?"
                            + DIALOG
                            + "(?:\\?\\.)? ?(?:\\( ?(?:\\d|[\"'`/)!\\w\\[\\\\]|document|\\$)|`|/\\*|\\.(?:call|"
                            + "apply|bind)|&(?:lpar|#))",
                        "= ?" + DIALOG + "\\b ?[,;&)]",
                        "\\( ?" + DIALOG + " ?\\)",
                        "\\$\\{ ?" + DIALOG,
                        "[\\[.(,]" + DIALOG + "\\][.(]",
                        "\\bal(?:[\"'] ?\\+ ?[\"']e?r?t?|e[\"'] ?\\+ ?[\"']rt)",
                        "\\.map\\( ?" + DIALOG,
                        "\\.find\\( ?" + DIALOG,
                        "\\bonerror ?= ?" + DIALOG,
                        "\\bonerror ?=.*;? ?throw\\b")))
            .build(),
        rule("xss-page-access", XSS)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("Script that reads or changes the page")
            .provenance("OWASP, XSS: impact; DOM standard")
            .when(
                SCRIPT.matches(
                    any(
                        "\\bdocument ?(?:\\?\\.|\\.|\\[ ?[\"'`])(?:cookie|write(?:ln)?|location|domain|"
                            + "body|createelement|documentelement|url\\b|referrer|head|defaultview|getelementsby|"
                            + "importnode|implementation|scripts|forms)",
                        "(?:^|[\"'`;)}(=+,|&>?-]) ?(?:"
                            + GLOBAL
                            + "\\.)?location(?:\\.(?:href|hash|search|assign|replace))? ?(?:= ?[\"'`(jnhdw/]|\\()",
                        "\\bdocument(?:/\\*[^*]{0,40}\\*/)+ ?\\.",
                        "\\b(?:window|self|top|parent|globalthis|frames|this)(?:\\[ ?[\"'`/(a-z+]| \\[ ?[\"'`/(])",
                        "\\bwindow\\.(?:location|name|open|onerror|eval)",
                        "\\b(?:local|session)storage\\.getitem",
                        "\\bnew (?:image|xmlhttprequest) ?\\(?\\)?[.;]",
                        "\\.(?:inner|outer)html ?=",
                        "\\bnavigator\\.sendbeacon",
                        "\\bnavigation\\.navigate")))
            .build(),
        rule("xss-code-from-text", XSS)
            .proseScores(MENTION, Severity.CRITICAL.score())
            .message("Script that evaluates text as code")
            .provenance("PortSwigger XSS cheat sheet, filter bypass")
            .when(
                SCRIPT.matches(
                    any(
                        "\\bstring ?\\. ?fromcharcode",
                        "(?:^|[\"'`;)}=(+,|&>-]) ?set(?:timeout|interval|immediate) ?[(`] ?[\"'`\\w]",
                        "\\bfunction ?\\( ?[\"'][^\"']",
                        "\\bfunction`[^ `]",
                        "\\batob ?[(`]",
                        // A name from a number in another base
                        "\\[ ?\\(?\\d+ ?\\.{0,2}\\)?\\.tostring ?\\(",
                        "\\bimport ?\\( ?[\"'`]?(?:https?:|//|data:|\\w+\\.\\w|/)",
                        "\\bunescape ?\\(",
                        "\\bdecodeuri(?:component)? ?\\( ?[\"'`]",
                        "\\beval ?[(`] ?[\\w+ .]{1,40}\\) ?;?$",
                        "\\beval ?(?:\\( ?(?:[\"'`]|atob|unescape|location|window|name|string|document|"
                            + "decode)|`)",
                        "\\bconstructor ?(?:\\.|\\[ ?[\"'`]) ?constructor",
                        "\\[ ?[\"'`]constructor[\"'`] ?\\]",
                        "\\bconstructor ?\\( ?[\"'`]",
                        "\\.(?:call|apply|bind|sort|map|find|from) ?` ?[$`(\\w\\[{]",
                        "\\.(?:call|apply|bind) ?``",
                        "reflect\\.[\\w.]+ ?[(`]",
                        "\\b(?:call|apply)\\( ?null ?,")))
            .build(),
        rule("xss-symbols-only", XSS)
            .score(LIKELY)
            .message("Script written only in brackets and symbols")
            .provenance("JSFuck; aaencode; Hackvertor")
            .when(
                EVERYWHERE.matches(
                    any(
                        "[\\[\\](){}!+]{6}.{0,4}\\[\\]",
                        "(?:!\\[\\]|\\+\\[\\]|\\[\\]\\+|\\{\\}\\[)[\\[\\]()!+{} ]{3}",
                        "\\(![\\[{]",
                        "\\$=~\\[\\]",
                        "\\\\\\[\\]\\[",
                        "\\x2b\\x2b\\$,")))
            .build(),
        rule("xss-markup-trick", XSS)
            .message("Markup that hides a tag from filters")
            .provenance("HTML5 Security Cheatsheet; UTF-7 and US-ASCII vectors")
            .when(
                EVERYWHERE.matches(
                    any(
                        "<!--[^>]*--!>",
                        "<!--+>?<(?:img|script|svg|iframe)",
                        "<[a-z](?: [a-z]){3,12}\\b[ >=]?",
                        "<0x[0-9a-f]+>",
                        "\\+adw-.*\\+ad4-",
                        "\\+adw-(?:script|img|svg|html)",
                        "\\xbc[a-z/][ -~]*\\xbe",
                        "<\\?[^>]{0,20}on\\w+ ?=",
                        "<%[^=].{0,40}on\\w+ ?=")))
            .build(),
        rule("xss-tag-at-start", XSS)
            .message("A value that closes a tag and starts another")
            .provenance("OWASP, XSS: breaking out of attributes")
            .when(
                EVERYWHERE.matches(
                    any("^[^<>]{0,40}[\"'`][ /]*>+ ?<[a-z/!]", "^[\"'`]?>{1,3} ?<[a-z!]")))
            .build(),
        rule("xss-html-attribute-weak", XSS)
            .message(
                "A value that starts with an HTML tag with an attribute, or a tag after a quote")
            .provenance("HTML standard")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    MARKUP_START + "<[a-z][a-z0-9]{0,20}[ /]+[a-z-]{2,20} ?= ?[\"'`]?"))
            .build(),
        rule("xss-form-weak", XSS)
            .message("A value that starts with a form or style element, or one after a quote")
            .provenance("HTML standard")
            .paranoia(2)
            .when(
                EVERYWHERE.matches(
                    MARKUP_START
                        + "<[ /]*(?:form|input|button|textarea|select|style|svg|math|video|audio|body|html|"
                        + "head)"
                        + TAG_END))
            .build(),
        rule("xss-tag-weak", XSS)
            .message("An HTML tag")
            .provenance("HTML standard")
            .paranoia(3)
            .when(EVERYWHERE.matches(any("</?[a-z][a-z0-9]{0,20}[ />]", "^<$")))
            .build());
  }
}
