// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.io.IOException;

/**
 * An attempt of a blocking client.
 *
 * @param <R> a response of the client
 */
public interface BlockingAttempt<R> {
  /** Sends the request, waits for the head of the response and returns it. Called once. */
  R send() throws IOException;

  /**
   * Aborts the attempt, so that {@link #send} fails soon. Called by any thread, before, during or
   * after {@code send}. Must not block.
   */
  void cancel();
}
