// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import java.util.List;
import java.util.Locale;

/**
 * Evaluates an expectation of a case.
 *
 * @param test the case
 * @param reached the requests that reached the server
 * @param responses the responses to the client, as parsed strictly
 * @param bytes the bytes that the client received
 * @param closed whether the client's connection was closed
 */
record Judge(
    TortureCase test,
    List<HttpMessage> reached,
    StrictReader.Result responses,
    String bytes,
    boolean closed) {

  boolean holds(String expectation) {
    int colon = expectation.indexOf(':');
    String label = colon < 0 ? expectation : expectation.substring(0, colon);
    String text = colon < 0 ? "" : expectation.substring(colon + 1).replace('~', ' ');
    return switch (label) {
      // Rejected: no part of it reached the server, and the connection ends.
      case "reject" -> own() == 0 && !probed() && closed && isStatus(text, "4", "5");
      // Rejected, but with an unambiguous end: the next request can be served.
      case "refused" -> own() == 0 && isStatus(text, "4", "5");
      case "answered" -> own() == 0 && isStatus(text, text, text);
      // Served, and so is the next request.
      case "pass" -> own() == (text.isEmpty() ? 1 : Integer.parseInt(text)) && probed();
      // Served, and the connection ends with it.
      case "last" -> own() == 1 && !probed() && closed;
      // Any handling that the strict parser accepts.
      case "either" -> own() <= 1;
      case "waits" -> own() == 0 && bytes.isEmpty();
      case "open", "tunnel" -> true;
      case "status" -> status(text);
      case "cut" -> closed && responses.partial() && !probed();
      case "no" -> !serverText().contains(text.toLowerCase(Locale.ROOT));
      case "has" -> serverText().contains(text.toLowerCase(Locale.ROOT));
      case "client-no" -> !bytes.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
      case "client-has" -> bytes.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
      case "probe" -> probed();
      case "no-probe" -> !probed() && closed;
      default -> throw new IllegalArgumentException(expectation);
    };
  }

  private long own() {
    return reached.stream().filter(r -> !r.target().equals("/probe")).count();
  }

  private boolean probed() {
    return bytes.endsWith("echo GET /probe");
  }

  private boolean isStatus(String exact, String first, String second) {
    if (bytes.isEmpty()) {
      return exact.isEmpty(); // closed without a response
    }
    return exact.isEmpty()
        ? bytes.startsWith("HTTP/1.1 " + first) || bytes.startsWith("HTTP/1.1 " + second)
        : bytes.startsWith("HTTP/1.1 " + exact);
  }

  /** Returns whether the first final response has this status. */
  private boolean status(String code) {
    return responses.finals().stream()
        .findFirst()
        .map(m -> Integer.toString(m.status()).equals(code))
        .orElse(false);
  }

  private String serverText() {
    var text = new StringBuilder();
    reached.stream()
        .filter(r -> !r.target().equals("/probe"))
        .forEach(r -> text.append(r.text()).append('\n'));
    return text.toString().toLowerCase(Locale.ROOT);
  }

  String description() {
    return " (the server got %s, the client %s%s)"
        .formatted(
            reached.stream().map(HttpMessage::startLine).toList(),
            bytes.length() > 300 ? bytes.substring(0, 300) : bytes,
            closed ? ", closed" : "");
  }
}
