// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

/**
 * Thrown if no policy can be selected safely for a request, because servers would interpret its
 * target differently. Adapters reject the request with 400.
 */
public final class AmbiguousTargetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception; the message describes the ambiguity, without the target itself. */
  public AmbiguousTargetException(String message) {
    super(message, null, false, false); // caused by clients: must stay inexpensive
  }
}
