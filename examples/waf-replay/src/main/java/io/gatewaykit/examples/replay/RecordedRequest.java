package io.gatewaykit.examples.replay;

import io.gatewaykit.waf.WafRequest;
import java.nio.charset.StandardCharsets;

/**
 * One request of a file.
 *
 * @param id what {@code --explain} finds it by
 * @param category the row of the table it counts in
 * @param request what the firewall sees
 */
record RecordedRequest(String id, String category, WafRequest request) {

  /** Whether the recording says that this is an attack: its id begins with {@code a-}. */
  boolean attack() {
    return id.startsWith("a-");
  }

  /** Returns a text as it is on the wire: one byte in each char. */
  static String wire(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
