// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/** Thrown when no endpoint is available for an attempt. */
public final class NoEndpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NoEndpointException(String group, String waited, boolean contextWasUsed) {
    super(
        "group "
            + group
            + " has no available endpoint"
            + waited
            + (contextWasUsed
                ? " (the SelectContext excludes those of an earlier request: call reset())"
                : ""));
  }
}
