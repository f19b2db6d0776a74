package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;

/** Takes the values of a body. Texts hold one byte in each char. */
public interface BodySink {
  /** Takes a value. */
  void value(Target target, String name, String text);

  /** Tells whether no more values are wanted, so that what is left should come as one. */
  boolean isFull();
}
