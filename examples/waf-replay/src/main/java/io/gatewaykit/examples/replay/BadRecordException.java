// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

/** Thrown if a line does not contain a valid request; the message gives the reason. */
final class BadRecordException extends Exception {
  private static final long serialVersionUID = 1;

  BadRecordException(String message) {
    super(message);
  }
}
