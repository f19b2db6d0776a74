// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

/** The classes of attack that the built-in rules detect. */
public enum RuleFamily {
  /** PHP code, variables, wrappers and serialized objects. */
  PHP,
  /** SQL injection. */
  SQLI,
  /** Cross-site scripting. */
  XSS,
  /** Path traversal and file inclusion. */
  TRAVERSAL,
  /** Shell commands, and code of Node.js, Java, Ruby and Python. */
  RCE,
  /** Lookups that Log4j would resolve. */
  LOG4SHELL,
  /** Server-side template injection. */
  SSTI,
  /** Server-side request forgery. */
  SSRF,
  /** XML external entities. */
  XXE,
  /** Query operators of document databases. */
  NOSQL,
  /** LDAP filter injection. */
  LDAP,
  /** Header injection and malformed input. */
  PROTOCOL,
  /** Vulnerability scanners, and the files that they probe for. */
  SCANNER,
  /** User-defined rules. */
  CUSTOM
}
