// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import java.nio.ByteBuffer;

/**
 * Observes the body of one response while the application writes it. An observer reads and counts.
 * It cannot change, delay or reject the response, and adapters buffer nothing for it.
 *
 * <p>Used by one thread at a time, and not after {@link Guard#onComplete}, which also marks the end
 * of the body. If an observer throws an exception, the failure of its guard is counted and the
 * observer receives no more bytes. The response is not affected.
 */
@FunctionalInterface
public interface BodyObserver {

  /**
   * Called with the next bytes of the body before they are written: with the content coding that
   * the application has applied, if any, and without transfer coding. The calls divide the body
   * arbitrarily.
   *
   * @param bytes read-only and valid during the call only; the position does not have to be
   *     advanced
   */
  void onBytes(ByteBuffer bytes);
}
