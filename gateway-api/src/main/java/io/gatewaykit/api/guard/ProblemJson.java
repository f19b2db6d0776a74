// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.internal.JsonWriter;
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
    var json = new JsonWriter(160).beginObject();
    json.name("type").value(rejection.type().toString());
    json.name("title").value(rejection.title());
    json.name("status").value(rejection.status());
    rejection.detail().ifPresent(detail -> json.name("detail").value(detail));
    rejection.extensions().forEach((name, value) -> write(json.name(name), value));
    return json.endObject().toString();
  }

  /** Writes a value of the kinds that {@link Rejection} accepts. */
  private static void write(JsonWriter json, Object value) {
    if (value instanceof List<?> list) {
      json.beginArray();
      list.forEach(item -> json.value((String) item));
      json.endArray();
    } else if (value instanceof Number number) {
      json.value(number);
    } else if (value instanceof Boolean flag) {
      json.value(flag.booleanValue());
    } else {
      json.value((String) value);
    }
  }
}
