// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.api.request.Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The combined (or common) log format of nginx and Apache: request line, Referer and User-Agent.
 * Such logs contain neither bodies nor cookies.
 */
final class AccessLogFormat extends LineFormat {

  @Override
  RecordedRequest parse(byte[] bytes, String name, long number) throws BadRecordException {
    String line = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> quoted = quotedFields(line);
    if (quoted.isEmpty()) {
      throw new BadRecordException("not the combined log format");
    }
    List<String> headers = new ArrayList<>();
    addHeader(headers, "Referer", quoted, 1);
    addHeader(headers, "User-Agent", quoted, 2);
    String requestLine = quoted.get(0);
    int method = requestLine.indexOf(' ');
    int version = requestLine.lastIndexOf(" HTTP/");
    if (method <= 0 || version <= method) {
      throw new BadRecordException("no request line: rejected as malformed by the server");
    }
    return new RecordedRequest(
        name + ":" + number,
        name,
        requestLine.substring(0, method),
        requestLine.substring(method + 1, version),
        Headers.of(headers.toArray(new String[0])),
        new byte[0]);
  }

  private static void addHeader(List<String> to, String header, List<String> quoted, int index) {
    if (quoted.size() > index && !quoted.get(index).equals("-")) {
      to.add(header);
      to.add(quoted.get(index));
    }
  }

  /** Returns the quoted fields after the time, at most three; empty without a time. */
  private static List<String> quotedFields(String line) throws BadRecordException {
    List<String> fields = new ArrayList<>();
    int time = line.indexOf('[');
    int at = time < 0 ? -1 : line.indexOf("] \"", time);
    at = at < 0 ? -1 : at + 2;
    while (at >= 0 && fields.size() < 3) {
      StringBuilder field = new StringBuilder();
      at = unquote(line, at + 1, field);
      fields.add(field.toString());
      at = line.indexOf('"', at);
    }
    return fields;
  }

  /** Unquotes a field, with the escapes of both servers. Returns the index after it. */
  private static int unquote(String line, int from, StringBuilder out) throws BadRecordException {
    for (int i = from; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        return i + 1;
      }
      if (c != '\\' || i + 1 == line.length()) {
        out.append(c);
        continue;
      }
      char escaped = line.charAt(++i);
      int control = "bnrtv".indexOf(escaped);
      if (escaped == 'x' && isHex(line, i + 1)) {
        out.append((char) Integer.parseInt(line.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.append(control < 0 ? escaped : "\b\n\r\t\013".charAt(control));
      }
    }
    throw new BadRecordException("an open quote");
  }

  private static boolean isHex(String line, int at) {
    return at + 1 < line.length()
        && Character.digit(line.charAt(at), 16) >= 0
        && Character.digit(line.charAt(at + 1), 16) >= 0;
  }
}
