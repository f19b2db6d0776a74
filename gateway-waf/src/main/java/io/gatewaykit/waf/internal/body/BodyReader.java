// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * Reads a body chunk by chunk. The values do not depend on the chunk boundaries, and the memory is
 * bounded for bodies of any length. Used by one thread at a time.
 */
public interface BodyReader {
  /**
   * Reads the next bytes.
   *
   * @param bytes the array that holds them; not retained
   * @param from the index of the first byte
   * @param to the index after the last byte
   */
  void feed(byte[] bytes, int from, int to);

  /**
   * Ends the body. Called once, after the last byte.
   *
   * @param complete false if the body continues but the rest is not read; constructs that are
   *     incomplete at its end are then not violations
   */
  void finish(boolean complete);
}
