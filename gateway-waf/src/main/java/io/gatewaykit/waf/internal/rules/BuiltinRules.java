// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The built-in rules. They match code in its context rather than single words. */
public final class BuiltinRules {
  private static final List<Rule> ALL =
      Stream.of(
              PhpRules.rules(),
              SqlConditionRules.rules(),
              SqlQueryRules.rules(),
              SqlFunctionRules.rules(),
              XssRules.rules(),
              TraversalRules.rules(),
              CommandRules.rules(),
              ShellTrickRules.rules(),
              WindowsCommandRules.rules(),
              CodeRules.rules(),
              Log4ShellRules.rules(),
              TemplateRules.rules(),
              SsrfRules.rules(),
              XxeRules.rules(),
              NoSqlRules.rules(),
              LdapRules.rules(),
              ProtocolRules.rules(),
              FileRules.rules(),
              FieldRules.rules(),
              ScannerRules.rules(),
              ProbeRules.rules(),
              ProductRules.rules())
          .flatMap(List::stream)
          .toList();

  private BuiltinRules() {}

  /** Returns the rules of all families and paranoia levels. */
  public static List<Rule> all() {
    return ALL;
  }
}
