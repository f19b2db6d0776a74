package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A media type and its parameters, read as RFC 9110 §8.3.1 has it, and leniently beyond.
 *
 * @param type what is before the first semicolon, in lower case
 * @param parameters all of them, in their order
 */
record MediaType(String type, List<Parameter> parameters) {
  /**
   * One parameter.
   *
   * @param name in lower case
   * @param value without its quotes and escapes
   * @param quoted whether it has quotes
   * @param tight whether no white space is around the equals sign, and nothing behind the quotes
   */
  record Parameter(String name, String value, boolean quoted, boolean tight) {
    /** Whether it is a token or a quoted string, and nothing else. */
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

  /** Returns the parameters of a field, from behind its first semicolon. */
  static List<Parameter> parameters(String text) {
    List<Parameter> all = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf('=', at);
      int semicolon = text.indexOf(';', at);
      if (equals < 0 || (semicolon >= 0 && semicolon < equals)) {
        at = semicolon < 0 ? text.length() : semicolon + 1;
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
          // Browsers send file names with backslashes that escape nothing.
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

  private static boolean isEscaped(char c) {
    return c == '"' || c == '\\';
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~' || "()<>@,;:\\\"/[]?={}".indexOf(c) >= 0) {
        return false;
      }
    }
    return !text.isEmpty();
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

  /** Returns how many parameters have this name. */
  int count(String name) {
    return (int) parameters.stream().filter(p -> p.name().equals(name)).count();
  }
}
