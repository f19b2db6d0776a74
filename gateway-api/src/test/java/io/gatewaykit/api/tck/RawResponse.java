// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import java.util.List;
import java.util.Locale;

/**
 * A response as received.
 *
 * @param status the status code
 * @param lines the header lines
 * @param body the body without its framing, each char one byte
 */
public record RawResponse(int status, List<String> lines, String body) {

  /** Returns the values of the field, in order. */
  public List<String> all(String name) {
    String start = name.toLowerCase(Locale.ROOT) + ":";
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
        .map(line -> line.substring(start.length()).strip())
        .toList();
  }

  /** Returns the field's value, or an empty text unless there is exactly one. */
  public String header(String name) {
    List<String> values = all(name);
    return values.size() == 1 ? values.get(0) : "";
  }
}
