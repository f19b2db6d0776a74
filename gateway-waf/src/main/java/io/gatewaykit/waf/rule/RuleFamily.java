package io.gatewaykit.waf.rule;

/** The kinds of attack that the built-in rules know. */
public enum RuleFamily {
  /** PHP code, variables, wrappers and serialized objects. */
  PHP,
  /** SQL injection. */
  SQLI,
  /** Cross-site scripting. */
  XSS,
  /** Path traversal and inclusion of files. */
  TRAVERSAL,
  /** Commands and code of shells, Node.js, Java, Ruby and Python. */
  RCE,
  /** Lookups that log4j would resolve. */
  LOG4SHELL,
  /** Server-side template injection. */
  SSTI,
  /** Requests forged in the server's name. */
  SSRF,
  /** XML external entities. */
  XXE,
  /** Operators of document databases. */
  NOSQL,
  /** LDAP filters. */
  LDAP,
  /** Header injection and malformed input. */
  PROTOCOL,
  /** Scanners, and the files they look for. */
  SCANNER,
  /** Rules that a user wrote. */
  CUSTOM
}
