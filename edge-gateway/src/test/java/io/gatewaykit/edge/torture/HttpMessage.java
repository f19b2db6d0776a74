// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import java.util.List;
import java.util.Locale;

/**
 * A message according to the strict parser.
 *
 * @param startLine the first line
 * @param fields the field lines, each {@code name: value}
 * @param body the content without framing
 * @param trailers the trailer lines
 */
record HttpMessage(String startLine, List<String> fields, String body, List<String> trailers) {

  /** Returns the values of a field. */
  List<String> values(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return fields.stream()
        .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(field -> field.substring(prefix.length()).strip())
        .toList();
  }

  String method() {
    return startLine.substring(0, startLine.indexOf(' '));
  }

  String target() {
    return startLine.split(" ", -1)[1];
  }

  int status() {
    return Integer.parseInt(startLine.substring(9, 12));
  }

  /** Returns head, body and trailers as one text. */
  String text() {
    return startLine + "\r\n" + String.join("\r\n", fields) + "\r\n\r\n" + body + trailers;
  }
}
