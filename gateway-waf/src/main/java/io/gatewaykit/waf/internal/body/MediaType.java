// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A media type and its parameters, parsed according to RFC 9110 §8.3.1 but leniently.
 *
 * @param type the text before the first semicolon, in lower case
 * @param parameters all parameters, in order
 */
record MediaType(String type, List<Parameter> parameters) {
  /**
   * One parameter.
   *
   * @param name the name in lower case
   * @param value the value without quotes and escapes
   * @param quoted whether the value is quoted
   * @param tight whether there is no white space around the equals sign and no text after the
   *     quotes
   */
  record Parameter(String name, String value, boolean quoted, boolean tight) {
    /** Returns whether the value is a well-formed token or quoted string. */
    boolean isClean() {
      return tight && (quoted || isToken(value));
    }
  }

  static MediaType parse(String field) {
    int semicolon = field.indexOf(';');
    String type = semicolon < 0 ? field : field.substring(0, semicolon);
    List<Parameter> parameters =
        semicolon < 0 ? List.of() : parameters(field.substring(semicolon + 1));
    return new MediaType(Decoding.lowercase(type.strip()), parameters);
  }

  /**
   * Returns the parameters of a field value, from its first semicolon on. Text with a quote but
   * without an equals sign is a parameter without a name.
   */
  static List<Parameter> parameters(String text) {
    List<Parameter> all = new ArrayList<>();
    int at = 0;
    int equals = -1;
    while (at < text.length()) {
      if (equals < at) {
        equals = text.indexOf('=', at);
        equals = equals < 0 ? text.length() : equals;
      }
      int semicolon = text.indexOf(';', at);
      semicolon = semicolon < 0 ? text.length() : semicolon;
      if (semicolon <= equals) {
        String segment = text.substring(at, semicolon).strip();
        if (hasQuote(segment)) {
          all.add(new Parameter("", segment, false, false));
        }
        at = semicolon + 1;
        continue;
      }
      String raw = text.substring(at, equals);
      String name = Decoding.lowercase(raw.strip());
      int start = equals + 1;
      while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
        start++;
      }
      boolean tight = start == equals + 1 && raw.stripTrailing().equals(raw);
      if (start < text.length() && text.charAt(start) == '"') {
        StringBuilder value = new StringBuilder();
        int i = start + 1;
        while (i < text.length() && text.charAt(i) != '"') {
          // Browsers send file names with backslashes that are not escapes.
          if (text.charAt(i) == '\\' && i + 1 < text.length() && isEscaped(text.charAt(i + 1))) {
            i++;
          }
          value.append(text.charAt(i++));
        }
        boolean closed = i < text.length();
        int next = text.indexOf(';', i);
        int end = next < 0 ? text.length() : next;
        boolean alone = closed && text.substring(i + 1, end).isBlank();
        all.add(new Parameter(name, value.toString(), true, tight && alone));
        at = end + 1;
      } else {
        int end = text.indexOf(';', start);
        end = end < 0 ? text.length() : end;
        String value = text.substring(start, end).strip();
        all.add(new Parameter(name, value, false, tight));
        at = end + 1;
      }
    }
    return all;
  }

  static boolean hasQuote(String text) {
    return text.indexOf('"') >= 0 || text.indexOf('\'') >= 0;
  }

  private static boolean isEscaped(char c) {
    return c == '"' || c == '\\';
  }

  static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~' || "()<>@,;:\\\"/[]?={}".indexOf(c) >= 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Returns whether the type is two tokens separated by a slash. */
  boolean isWellFormed() {
    int slash = type.indexOf('/');
    return slash > 0 && isToken(type.substring(0, slash)) && isToken(type.substring(slash + 1));
  }

  /** Returns the first parameter of this name, or null. */
  @Nullable Parameter parameter(String name) {
    for (Parameter parameter : parameters) {
      if (parameter.name().equals(name)) {
        return parameter;
      }
    }
    return null;
  }
}
