package io.gatewaykit.waf.internal.rules;

import io.gatewaykit.waf.rule.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that come with the firewall. Each looks for code in its context, not for a word. */
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
              ScannerRules.rules())
          .flatMap(List::stream)
          .toList();

  private BuiltinRules() {}

  /** Returns all of them, of every family and paranoia level. */
  public static List<Rule> all() {
    return ALL;
  }
}
