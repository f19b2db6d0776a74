package io.gatewaykit.edge.config;

/**
 * A problem in a configuration file.
 *
 * @param file the name of the file as given by the user
 * @param line the line, from 1
 * @param column the column, from 1
 * @param field the path of the field, such as {@code limits.chat.rate}; empty for the file itself
 * @param found the value found
 * @param expected the values accepted
 */
public record ConfigProblem(
    String file, int line, int column, String field, String found, String expected) {
  private static final int MAX_FOUND = 180;

  /** Truncates and escapes the value found. */
  public ConfigProblem {
    found = printable(found);
  }

  /** Returns {@code FILE:LINE:COLUMN: field: found (expected: …)}. */
  @Override
  public String toString() {
    return file
        + ":"
        + line
        + ":"
        + column
        + ": "
        + (field.isEmpty() ? "" : field + ": ")
        + found
        + " (expected: "
        + expected
        + ")";
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
