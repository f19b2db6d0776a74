// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Ends an attempt whose response has a failure status, so that the request is sent to another
 * endpoint if that is permitted. If it is not, the response is the result of the request.
 */
public final class RetriedResponseException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private transient volatile @Nullable Object response;

  RetriedResponseException(String endpoint, int status, Object response) {
    super("status " + status + " from endpoint " + endpoint);
    this.response = response;
  }

  /** Has no stack trace: the exception is expected. */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // returns without an effect
  public Throwable fillInStackTrace() {
    return this;
  }

  @Nullable Object response() {
    return response;
  }

  /** Releases the response, which was discarded; the exception may be kept as a suppressed one. */
  void clear() {
    response = null;
  }
}
