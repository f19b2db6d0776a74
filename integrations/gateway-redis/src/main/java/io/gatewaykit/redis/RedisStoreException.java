// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.jspecify.annotations.Nullable;

/** Thrown if Redis is unusable: unreachable, rejecting the credentials, or too old. */
public final class RedisStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RedisStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
