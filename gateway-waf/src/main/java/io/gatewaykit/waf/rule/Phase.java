package io.gatewaykit.waf.rule;

/** When a rule looks at a request. */
public enum Phase {
  /** At every value as soon as it is there: the head's with the head, the body's with the body. */
  EARLIEST,
  /** With the head, at the head's values only. */
  HEAD,
  /** With the body, at the values of both head and body; not at all if the body is not seen. */
  BODY
}
