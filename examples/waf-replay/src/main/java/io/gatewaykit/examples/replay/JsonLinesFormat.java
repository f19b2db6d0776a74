// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gatewaykit.api.request.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * One JSON object in each line: {@code method} and {@code uri}; {@code headers}, a map of strings
 * or of lists of strings; {@code body} as text or {@code body_b64}; {@code id} and {@code class}.
 */
final class JsonLinesFormat extends LineFormat {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  @Override
  RecordedRequest parse(byte[] line, String name, long number) throws BadRecordException {
    JsonNode record = tree(line);
    return new RecordedRequest(
        optional(record, "id", name + ":" + number),
        optional(record, "class", name),
        required(record, "method"),
        RecordedRequest.wire(required(record, "uri")),
        headers(record.path("headers")),
        body(record));
  }

  private static JsonNode tree(byte[] line) throws BadRecordException {
    JsonNode record;
    try {
      record = MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new BadRecordException("not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new BadRecordException("not JSON: " + e.getMessage());
    }
    if (!record.isObject()) {
      throw new BadRecordException("no JSON object");
    }
    return record;
  }

  private static String required(JsonNode record, String field) throws BadRecordException {
    String value = optional(record, field, "");
    if (value.isEmpty()) {
      throw new BadRecordException(field + ": missing (expected: a string)");
    }
    return value;
  }

  private static String optional(JsonNode record, String field, String otherwise)
      throws BadRecordException {
    JsonNode value = record.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    return text(value, field);
  }

  private static String text(JsonNode value, String field) throws BadRecordException {
    if (!value.isTextual()) {
      throw new BadRecordException(field + ": " + value.getNodeType() + " (expected: a string)");
    }
    return value.textValue();
  }

  private static Headers headers(JsonNode map) throws BadRecordException {
    if (map.isMissingNode() || map.isNull()) {
      return Headers.empty();
    }
    if (!map.isObject()) {
      throw new BadRecordException("headers: " + map.getNodeType() + " (expected: an object)");
    }
    List<String> flat = new ArrayList<>();
    for (var field : map.properties()) {
      JsonNode values = field.getValue();
      for (JsonNode value : values.isArray() ? values : List.of(values)) {
        flat.add(RecordedRequest.wire(field.getKey()));
        flat.add(RecordedRequest.wire(text(value, "headers." + field.getKey())));
      }
    }
    return Headers.of(flat.toArray(new String[0]));
  }

  private static byte[] body(JsonNode record) throws BadRecordException {
    String base64 = optional(record, "body_b64", "");
    if (base64.isEmpty()) {
      return optional(record, "body", "").getBytes(StandardCharsets.UTF_8);
    }
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new BadRecordException("body_b64: " + e.getMessage());
    }
  }
}
