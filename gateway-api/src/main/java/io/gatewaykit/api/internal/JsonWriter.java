// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import java.util.Locale;

/**
 * Writes JSON, with commas where they are needed. The caller closes every object and array, and
 * writes a name before each value within an object.
 *
 * <p>The result is plain ASCII: quotation marks and backslashes have a backslash, and control
 * characters, characters above {@code ~} and the HTML metacharacters {@code <}, {@code >} and
 * {@code &} are written as {@code \\u} with four hexadecimal digits. The result therefore does not
 * depend on a charset, may contain unpaired surrogates, and can be embedded in a script element.
 *
 * <p>Not thread-safe.
 */
public final class JsonWriter {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder out;

  /**
   * Creates a writer without output.
   *
   * @param capacity the expected number of characters
   */
  public JsonWriter(int capacity) {
    out = new StringBuilder(capacity);
  }

  /** Starts an object. */
  public JsonWriter beginObject() {
    return separated("{");
  }

  /** Ends the current object. */
  public JsonWriter endObject() {
    out.append('}');
    return this;
  }

  /** Starts an array. */
  public JsonWriter beginArray() {
    return separated("[");
  }

  /** Ends the current array. */
  public JsonWriter endArray() {
    out.append(']');
    return this;
  }

  /** Writes the name of the next member. */
  public JsonWriter name(String name) {
    quoted(name);
    out.append(':');
    return this;
  }

  /** Writes a text. */
  public JsonWriter value(String text) {
    quoted(text);
    return this;
  }

  /** Writes an integer. */
  public JsonWriter value(long number) {
    return separated(Long.toString(number));
  }

  /** Writes true or false. */
  public JsonWriter value(boolean flag) {
    return separated(Boolean.toString(flag));
  }

  /** Writes a number with three decimal places, or null for infinity and NaN. */
  public JsonWriter value(double number) {
    return Double.isFinite(number)
        ? separated(String.format(Locale.ROOT, "%.3f", number))
        : nullValue();
  }

  /** Writes a number in its own form, or null for infinity and NaN. */
  public JsonWriter value(Number number) {
    boolean decimal = number instanceof Double || number instanceof Float;
    return decimal && !Double.isFinite(number.doubleValue())
        ? nullValue()
        : separated(number.toString());
  }

  /** Writes null. */
  public JsonWriter nullValue() {
    return separated("null");
  }

  /** Returns the output so far. */
  @Override
  public String toString() {
    return out.toString();
  }

  private JsonWriter separated(String token) {
    separate();
    out.append(token);
    return this;
  }

  /** A text ends with a quotation mark, so that these characters are always structural. */
  private void separate() {
    if (out.length() > 0) {
      char last = out.charAt(out.length() - 1);
      if (last != '{' && last != '[' && last != ':') {
        out.append(',');
      }
    }
  }

  private void quoted(String text) {
    separate();
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c > '~' || c == '<' || c == '>' || c == '&') {
        out.append("\\u")
            .append(HEX[c >> 12])
            .append(HEX[c >> 8 & 0xf])
            .append(HEX[c >> 4 & 0xf])
            .append(HEX[c & 0xf]);
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
