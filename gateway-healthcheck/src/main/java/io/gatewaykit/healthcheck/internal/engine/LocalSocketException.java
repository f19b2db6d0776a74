// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import java.io.IOException;

/**
 * Thrown if this host cannot provide a socket: no descriptor, local port or memory is free. It says
 * nothing about the target. It is determined by the call that failed, since the messages of the
 * operating system depend on its language.
 */
public final class LocalSocketException extends IOException {
  private static final long serialVersionUID = 1;

  /** Creates the exception. */
  public LocalSocketException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
