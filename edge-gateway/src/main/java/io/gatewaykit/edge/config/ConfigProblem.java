// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

/**
 * A problem in a configuration file.
 *
 * @param file the name of the file as given by the user
 * @param line the line, from 1
 * @param column the column, from 1
 * @param field the path of the field, such as {@code limits.chat.rate}; empty for the file itself
 * @param message the value found and the values expected, without control characters
 */
record ConfigProblem(String file, int line, int column, String field, String message) {
  private static final int MAX_FOUND = 180;

  /** Returns {@code found (expected: …)}; the value found is truncated and escaped. */
  static String message(String found, String expected) {
    return printable(found) + " (expected: " + expected + ")";
  }

  /** Returns {@code FILE:LINE:COLUMN: field: message}. */
  @Override
  public String toString() {
    String position = file + ":" + line + ":" + column + ": ";
    return position + (field.isEmpty() ? "" : field + ": ") + message;
  }

  /** Replaces control characters, with which a file could forge log lines. */
  private static String printable(String text) {
    var out = new StringBuilder();
    text.codePoints()
        .limit(MAX_FOUND)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return text.codePointCount(0, text.length()) > MAX_FOUND
        ? out.append('…').toString()
        : out.toString();
  }
}
