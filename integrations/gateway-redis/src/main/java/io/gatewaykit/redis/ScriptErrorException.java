// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

/** An error reply of the server to a call of a {@link ScriptClient}. */
public final class ScriptErrorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Creates an exception without a stack trace.
   *
   * @param message the reply, which starts with the error code, such as NOSCRIPT
   */
  public ScriptErrorException(String message) {
    super(message, null, false, false);
  }

  boolean isUnknownScript() {
    return String.valueOf(getMessage()).startsWith("NOSCRIPT");
  }

  /** Returns whether the error concerns the key, not the server. */
  boolean concernsKey() {
    return String.valueOf(getMessage()).contains("WRONGTYPE");
  }
}
