// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gatewaykit.api.request.Headers;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** HTTP Archive 1.2, as saved by the developer tools of browsers. Responses are skipped. */
final class HarFormat implements RecordedFormat {
  private static final JsonMapper MAPPER = new JsonMapper();

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Entry(@Nullable Request request) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Request(
      @Nullable String method,
      @Nullable String url,
      @Nullable List<Pair> headers,
      @Nullable PostData postData) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record PostData(@Nullable String text, @Nullable List<Pair> params) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Pair(@Nullable String name, @Nullable String value) {}

  @Override
  public void read(BufferedInputStream in, String name, RequestSink sink) throws IOException {
    try (JsonParser parser = MAPPER.createParser(in)) {
      if (!enterEntries(parser)) {
        sink.onBadLine(1, "no log.entries");
        return;
      }
      for (int entry = 1; parser.nextToken() == JsonToken.START_OBJECT; entry++) {
        long line = parser.currentTokenLocation().getLineNr();
        try {
          sink.onRequest(request(MAPPER.readValue(parser, Entry.class), name + "#" + entry, name));
        } catch (BadRecordException e) {
          sink.onBadLine(line, "entry " + entry + ": " + e.getMessage());
        }
      }
    } catch (JsonProcessingException e) {
      // The parser cannot resynchronize after a syntax error.
      var at = e.getLocation();
      sink.onBadLine(at == null ? 1 : at.getLineNr(), "not JSON: " + e.getOriginalMessage());
    }
  }

  private static boolean enterEntries(JsonParser parser) throws IOException {
    parser.nextToken();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("log") && value == JsonToken.START_OBJECT) {
        continue;
      }
      if (field.equals("entries") && value == JsonToken.START_ARRAY) {
        return true;
      }
      parser.skipChildren();
    }
    return false;
  }

  private static RecordedRequest request(Entry entry, String id, String name)
      throws BadRecordException {
    Request request = entry.request();
    if (request == null || request.method() == null || request.url() == null) {
      throw new BadRecordException("no request with method and url");
    }
    return new RecordedRequest(
        id,
        name,
        request.method(),
        target(RecordedRequest.wire(request.url())),
        headers(request.headers()),
        body(request.postData()));
  }

  /** Returns the request target of an absolute URL. */
  private static String target(String url) {
    int authority = url.indexOf("://");
    int path = authority < 0 ? 0 : pathStart(url, authority + 3);
    int fragment = url.indexOf('#', path);
    String target = url.substring(path, fragment < 0 ? url.length() : fragment);
    return target.startsWith("/") ? target : "/" + target;
  }

  private static int pathStart(String url, int from) {
    for (int i = from; i < url.length(); i++) {
      if ("/?#".indexOf(url.charAt(i)) >= 0) {
        return i;
      }
    }
    return url.length();
  }

  private static Headers headers(@Nullable List<Pair> pairs) {
    List<String> flat = new ArrayList<>();
    for (Pair pair : pairs == null ? List.<Pair>of() : pairs) {
      String name = or(pair.name());
      // skips HTTP/2 pseudo-headers such as :authority
      if (!name.isEmpty() && !name.startsWith(":")) {
        flat.add(RecordedRequest.wire(name));
        flat.add(RecordedRequest.wire(or(pair.value())));
      }
    }
    return Headers.of(flat.toArray(new String[0]));
  }

  private static byte[] body(@Nullable PostData data) {
    if (data == null) {
      return new byte[0];
    }
    String text = or(data.text());
    if (text.isEmpty() && data.params() != null) {
      text =
          data.params().stream()
              .map(p -> encoded(p.name()) + "=" + encoded(p.value()))
              .collect(Collectors.joining("&"));
    }
    return text.getBytes(UTF_8);
  }

  private static String encoded(@Nullable String text) {
    return URLEncoder.encode(or(text), UTF_8);
  }

  private static String or(@Nullable String text) {
    return text == null ? "" : text;
  }
}
