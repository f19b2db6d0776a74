// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import java.io.IOException;
import java.io.Serial;

/**
 * Thrown when no endpoint of the group was available for a request, so that it was not sent. The
 * cause is the exception of the group.
 */
public final class EndpointsUnavailableException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** Creates an exception with the message of its cause. */
  public EndpointsUnavailableException(Throwable cause) {
    super(cause.getMessage(), cause);
  }
}
