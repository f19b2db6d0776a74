package io.gatewaykit.examples.edge.config;

/**
 * One thing wrong in a configuration file.
 *
 * @param file the file's name as the user gave it
 * @param line the line, from 1
 * @param column the column, from 1
 * @param field the path of the field, such as {@code limits.chat.rate}; empty for the file as a
 *     whole
 * @param found what is there
 * @param expected what may be there
 */
public record ConfigProblem(
    String file, int line, int column, String field, String found, String expected) {
  private static final int MAX_FOUND = 60;

  /** Shortens what was found and makes it fit to print. */
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

  /** One line, whatever the file holds: a control character could forge lines of a log. */
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
