// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;

/** Retains the values of a body. */
final class Recorded implements BodySink {
  static final BodyLimits LIMITS = new BodyLimits(1 << 20, 1 << 20, 1 << 16, 64, 100);

  final List<String> values = new ArrayList<>();
  final List<String> paths = new ArrayList<>();
  final List<String> defects = new ArrayList<>();

  static Recorded of(String contentType, String body) {
    Recorded recorded = new Recorded();
    recorded.read(List.of(contentType), body, true);
    return recorded;
  }

  static BodyHead head(List<String> contentTypes, String... encodings) {
    return new BodyHead("POST", "/", contentTypes, List.of(encodings), "");
  }

  /** Reads a body in one chunk. */
  void read(List<String> contentTypes, String body, boolean complete) {
    read(head(contentTypes), LIMITS, body.getBytes(ISO_8859_1), Integer.MAX_VALUE, complete);
  }

  /** Reads a body in chunks of {@code chunk} bytes. */
  void read(BodyHead head, BodyLimits limits, byte[] bytes, int chunk, boolean complete) {
    try (Body body = new Body(head, limits, this)) {
      for (int at = 0; at < bytes.length; at += Math.min(chunk, bytes.length - at)) {
        body.feed(bytes, at, at + Math.min(chunk, bytes.length - at));
      }
      body.finish(complete);
    }
  }

  @Override
  public void value(Target target, String name, String text) {
    if (target == Target.MALFORMED) {
      defects.add(name + ": " + text);
    } else {
      values.add(target + " " + name + "=" + text);
    }
  }

  @Override
  public void value(Target target, String name, JsonPath path, String text) {
    paths.add(path + "=" + text);
    value(target, name, text);
  }

  /** Returns the values of a target, without their names. */
  List<String> texts(Target target) {
    return values.stream()
        .filter(value -> value.startsWith(target + " "))
        .map(value -> value.substring(value.indexOf('=') + 1))
        .toList();
  }
}
