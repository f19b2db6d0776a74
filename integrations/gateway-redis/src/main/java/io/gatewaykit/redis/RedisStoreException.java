package io.gatewaykit.redis;

import org.jspecify.annotations.Nullable;

/** Redis cannot be used: it cannot be reached, refuses the credentials, or is too old. */
public final class RedisStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RedisStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
