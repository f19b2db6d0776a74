package io.gatewaykit.api.guard;

/** The stages of a request at which a guard may act. */
public enum Stage {
  /** The request line and header fields are here. */
  HEAD,
  /** The part of the body that guards asked for is here. */
  BODY,
  /** The response's head is about to be sent. */
  RESPONSE,
  /** The request is over. */
  COMPLETION
}
