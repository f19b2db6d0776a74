// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Renders RFC 9457 problem details as JSON. */
enum ProblemJson implements RejectionRenderer {
  INSTANCE;

  @Override
  public Response render(GatewayRequest request, Rejection rejection) {
    var headers = new ArrayList<Map.Entry<String, String>>();
    headers.add(Map.entry("Content-Type", "application/problem+json"));
    headers.add(Map.entry("Cache-Control", "no-store"));
    rejection
        .retryAfter()
        .ifPresent(wait -> headers.add(Map.entry("Retry-After", wholeSeconds(wait))));
    headers.addAll(rejection.headers());
    return new Response(rejection.status(), headers, json(rejection));
  }

  /** Rounds up, so that a client that obeys the header never retries too early. */
  private static String wholeSeconds(Duration wait) {
    return Long.toString(wait.getNano() == 0 ? wait.getSeconds() : wait.getSeconds() + 1);
  }

  private static String json(Rejection rejection) {
    var json = new StringBuilder(160).append("{\"type\":");
    string(json, rejection.type().toString());
    string(json.append(",\"title\":"), rejection.title());
    json.append(",\"status\":").append(rejection.status());
    rejection.detail().ifPresent(detail -> string(json.append(",\"detail\":"), detail));
    rejection
        .extensions()
        .forEach((name, value) -> {
          string(json.append(','), name);
          value(json.append(':'), value);
        });
    return json.append('}').toString();
  }

  private static void value(StringBuilder json, Object value) {
    if (value instanceof List<?> list) {
      json.append('[');
      for (int i = 0; i < list.size(); i++) {
        string(i == 0 ? json : json.append(','), (String) list.get(i));
      }
      json.append(']');
    } else if (value instanceof String text) {
      string(json, text);
    } else {
      json.append(value); // a number or boolean: Rejection accepts nothing else
    }
  }

  private static void string(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7F || Character.isSurrogate(c)) {
        // an unpaired surrogate cannot be encoded as UTF-8
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
