// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The parameters of a header field such as {@code form-data; name="a"; filename="b.txt"}. Names are
 * in lower case. Of duplicates, the first one counts, and {@code filename*} (RFC 5987) takes
 * precedence over {@code filename}.
 */
final class HeaderParameters {
  private HeaderParameters() {}

  static Map<String, String> of(String field) {
    var parameters = new HashMap<String, String>();
    int at = field.indexOf(';');
    while (at >= 0 && at < field.length()) {
      int equals = field.indexOf('=', at);
      if (equals < 0) {
        break;
      }
      String name = field.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
      int start = equals + 1;
      while (start < field.length() && field.charAt(start) == ' ') {
        start++;
      }
      var value = new StringBuilder();
      if (start < field.length() && field.charAt(start) == '"') {
        at = field.indexOf(';', quoted(field, start + 1, value));
      } else {
        at = field.indexOf(';', start);
        value.append(field, start, at < 0 ? field.length() : at);
      }
      parameters.putIfAbsent(name, value.toString().strip());
    }
    String extended = parameters.get("filename*");
    if (extended != null) {
      extended(extended, parameters);
    }
    return parameters;
  }

  /**
   * Reads up to the closing quote and returns its index. A backslash only escapes a quote or a
   * backslash, because some browsers send complete Windows paths.
   */
  private static int quoted(String field, int from, StringBuilder into) {
    int i = from;
    while (i < field.length() && field.charAt(i) != '"') {
      char c = field.charAt(i);
      boolean escapes = c == '\\' && i + 1 < field.length();
      if (escapes && (field.charAt(i + 1) == '"' || field.charAt(i + 1) == '\\')) {
        i++;
      }
      into.append(field.charAt(i++));
    }
    return i;
  }

  private static void extended(String value, Map<String, String> parameters) {
    String[] parts = value.split("'", 3);
    if (parts.length == 3) {
      try {
        Charset charset = Charset.forName(parts[0]);
        String encoded = parts[2].replace("+", "%2B");
        parameters.put("filename", URLDecoder.decode(encoded, charset));
      } catch (IllegalArgumentException e) { // unknown charset or invalid percent-encoding
        parameters.putIfAbsent("filename", parts[2]);
      }
    }
  }
}
