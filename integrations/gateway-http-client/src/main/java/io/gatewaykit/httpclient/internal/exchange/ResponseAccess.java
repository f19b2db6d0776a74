// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Access to the responses of a client. Thread-safe.
 *
 * @param <R> a response of the client
 */
public interface ResponseAccess<R> {
  /** Returns the status. */
  int status(R response);

  /** Returns the first value of a header field; null if absent. */
  @Nullable String header(R response, String name);

  /** Returns whether the response has a body, whose end ends the lease. Default: true. */
  default boolean hasBody(R response) {
    return true;
  }

  /** Closes the response without reading its body. Must not block, and may be called repeatedly. */
  void discard(R response);

  /** Makes a thread that reads the body fail soon. Must not block. Default: {@link #discard}. */
  default void abort(R response) {
    discard(response);
  }

  /** Returns the exception of the client for a timeout. */
  default IOException timedOut(String message) {
    return new SocketTimeoutException(message);
  }
}
