// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.RuleShapes.EVERYWHERE;
import static io.gatewaykit.waf.internal.rules.RuleShapes.LIKELY;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.LDAP;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/**
 * LDAP filters and XPath expressions. Brackets alone are no evidence, because they occur in any
 * order in code and in emoticons. The rules require an attribute and an operator after a bracket.
 */
final class LdapRules {
  /** An attribute description and an operator (RFC 4515). */
  private static final String ATTRIBUTE = "[a-z][\\w.;-]* ?[~<>:]?=";

  private static final String KNOWN_ATTRIBUTE =
      any(
          "objectclass",
          "objectcategory",
          "uid",
          "cn",
          "sn",
          "mail",
          "userpassword",
          "password",
          "user(?:name)?",
          "givenname",
          "displayname",
          "samaccountname",
          "memberof",
          "member",
          "ou",
          "dc",
          "dn",
          "o",
          "gn",
          "l",
          "st",
          "c",
          "description",
          "telephonenumber",
          "homephone",
          "mobile",
          "employee\\w+",
          "commonname",
          "surname",
          "name",
          "id",
          "department",
          "useraccountcontrol",
          "lockout\\w*",
          "group",
          "email",
          "jpegphoto",
          "pager",
          "title",
          "street");

  private LdapRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("ldap-filter-breakout", LDAP)
            .score(SPECIFIC)
            .message("A closed filter item and an opened one")
            .provenance("RFC 4515; CWE-90")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^ ]*\\)+[ \\x00]?(?:\\|?\\([ &|!(]*"
                            + ATTRIBUTE
                            + "|\\([&|!][ )(]|[|&!]\\("
                            + ATTRIBUTE
                            + ")",
                        "^\\w+:(?:\\d+\\.){3,}\\d+:=",
                        "\\*\\)+ ?\\(",
                        "\\*\\(\\|\\(")))
            .build(),
        rule("ldap-filter", LDAP)
            .score(LIKELY)
            .message("An LDAP filter")
            .provenance("RFC 4515")
            .when(
                EVERYWHERE.matches(
                    any(
                        "^[^ ]*\\([&|!] ?\\([ &|!(]*" + ATTRIBUTE + "[^ ()]*\\*?\\)",
                        "^\\(?[&|!]?\\(?" + KNOWN_ATTRIBUTE + "[~<>]?=\\*?[^ ()]*\\*\\)",
                        "^[ &|(]*\\(" + KNOWN_ATTRIBUTE + " ?=[^()]*\\)[)( &|]*$",
                        "^[^ ]*\\(objectclass=")))
            .build(),
        rule("ldap-signs-only", LDAP)
            .message("Only symbols of a filter")
            .provenance("fuzzdb, LDAP injection, by shape")
            .when(
                EVERYWHERE.matches(
                    "^(?:[()|&!%]{0,4}\\*+[()|&][()|&!%*\\x00/']{0,6}\\d{0,3}|[()|&!/]{0,3}[|&]\\([()|"
                        + "&!*]{0,6}|\\)\\([()|&!*]{1,6}|[()*]{0,4}\\)[|&*][()|&*]{0,5}|\\w{0,20}\\*\\)\\)+|"
                        + "\\w{1,20}\\*?\\) ?\\( ?[|&!]\\)?)$"))
            .build(),
        rule("ldap-xpath", LDAP)
            .score(LIKELY)
            .message("An XPath expression after the end of a literal")
            .provenance("XPath 1.0; CWE-643")
            .when(
                EVERYWHERE.matches(
                    any(
                        "['\"\\])] ?(?:or|and|\\|) ?(?:count|name|position|string-length|contains|"
                            + "substring|starts-with|local-name|text|last|comment|not|true|false)\\(",
                        "\\] ?\\| ?(?://|/\\*|\\*|\\[)",
                        "['\"] ?\\] ?(?:\\||/|//)",
                        "\\bcount\\( ?/",
                        "/(?:child|descendant|parent|following|preceding|ancestor|attribute|self)::",
                        "^(?:/|//)\\*?(?:\\[|\\*/)",
                        "\\bname\\(\\) ?=",
                        "\\bdoc\\( ?(?:concat|['\"])",
                        "\\bstring-length\\( ?(?:name|//|/)")))
            .build(),
        rule("ldap-filter-weak", LDAP)
            .message("A bracket, an attribute and an operator")
            .provenance("RFC 4515")
            .paranoia(2)
            .when(EVERYWHERE.matches(any("\\(" + KNOWN_ATTRIBUTE + "[~<>]?=", "\\)\\([|&!]")))
            .build());
  }
}
