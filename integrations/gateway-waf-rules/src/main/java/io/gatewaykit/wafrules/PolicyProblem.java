// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

/**
 * An error in a policy file.
 *
 * @param file the name of the file
 * @param line the line, from 1
 * @param column the column, from 1
 * @param field the path of the field, such as {@code rules[0].id}; empty for the file itself
 * @param message the value found and the values expected
 */
public record PolicyProblem(String file, int line, int column, String field, String message) {
  private static final int MAX_CHARS = 400;

  /** Escapes control characters, with which a file could forge log lines. */
  public PolicyProblem {
    StringBuilder printable = new StringBuilder();
    message
        .codePoints()
        .limit(MAX_CHARS)
        .forEach(c -> printable.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    message = printable.toString();
  }

  /** Returns {@code FILE:LINE:COLUMN: field: message}. */
  @Override
  public String toString() {
    String place = file + ":" + line + ":" + column + ": ";
    return place + (field.isEmpty() ? "" : field + ": ") + message;
  }
}
