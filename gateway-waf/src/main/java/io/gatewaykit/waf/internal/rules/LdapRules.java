package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.everywhere;
import static io.gatewaykit.waf.rule.RuleFamily.LDAP;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;

/** LDAP filters. */
final class LdapRules {
  private LdapRules() {}

  static List<Rule> rules() {
    return List.of(
        everywhere("ldap-filter", LDAP)
            .matches(
                "\\*? ?\\)\\)? ?\\( ?[&|!]? ?\\(?\\w* ?[=~<>*)(]*|\\*\\)+|\\)\\( ?[\\w*&|!]|\\([&|!] ?\\(|\\( ?(?:objectclass|uid|cn|sn|mail|userpassword|user|password|givenname|displayname|samaccountname|memberof|ou|dc|objectcategory) ?[~<>]?= ?\\*?[\\w ]*\\*?\\)|^[*()|&!%\\x00]{2,6}$|^\\*[()&|]")
            .build());
  }
}
