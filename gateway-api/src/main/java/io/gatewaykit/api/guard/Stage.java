// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

/** The stages of a request in which a guard can take part. */
public enum Stage {
  /** The request line and header fields are available. */
  HEAD,
  /** The body is available as far as guards requested it. */
  BODY,
  /** The response head is about to be sent. */
  RESPONSE,
  /** The body of the response is being sent. */
  RESPONSE_BODY,
  /** The request is complete. */
  COMPLETION
}
