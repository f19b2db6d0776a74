// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.api.request.Headers;
import java.nio.charset.StandardCharsets;

/**
 * A request of a file, as it was on the wire. The body is not copied and must not change.
 *
 * @param id the id to use with {@code --explain}
 * @param category the row of the table in which it is counted
 * @param method the method
 * @param rawTarget the request target, not decoded
 * @param headers the header fields
 * @param body the body; empty if there was none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RecordedRequest(
    String id, String category, String method, String rawTarget, Headers headers, byte[] body) {

  /** Returns whether the recording labels this as an attack: its id starts with {@code a-}. */
  boolean attack() {
    return id.startsWith("a-");
  }

  /** Returns the text in wire format: each char represents one byte. */
  static String wire(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
