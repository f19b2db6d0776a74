// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

/** An exception that no exported type may throw. */
public final class InternalException extends Exception {
  private static final long serialVersionUID = 1;
}
