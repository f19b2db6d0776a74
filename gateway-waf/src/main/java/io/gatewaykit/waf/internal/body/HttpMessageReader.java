// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an HTTP request embedded in a part, as in OData and JSON batches. Its path, query, header
 * fields and body are inspected as those of a request. Any other text is a single value.
 */
final class HttpMessageReader implements BodyReader {
  private static final int MAX_LINE = 8 << 10;
  private static final int MAX_LINES = 128;

  private final String name;
  private final BodyReaders readers;
  private final BodySink sink;
  private final StringBuilder line = new StringBuilder();
  private final StringBuilder head = new StringBuilder();
  private final List<String> contentTypes = new ArrayList<>();
  private int lines;
  private @Nullable BodyReader body;

  HttpMessageReader(String name, BodyReaders readers, BodySink sink) {
    this.name = name;
    this.readers = readers;
    this.sink = sink;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && body == null) {
      char c = (char) (bytes[at++] & 0xFF);
      if (c == '\n') {
        endLine();
      } else {
        line.append(c);
        if (line.length() > MAX_LINE) {
          asText();
        }
      }
    }
    if (body != null && at < to) {
      body.feed(bytes, at, to);
    }
  }

  private void endLine() {
    String read = line.toString().stripTrailing();
    head.append(line).append('\n');
    line.setLength(0);
    if (lines == 0 && read.isEmpty()) {
      return;
    }
    lines++;
    if (lines == 1) {
      if (!requestLine(read)) {
        asText();
      }
    } else if (read.isEmpty()) {
      body = readers.message(contentTypes, name);
    } else if (lines > MAX_LINES) {
      asText();
    } else {
      field(read);
    }
  }

  private boolean requestLine(String read) {
    String[] words = read.split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/") || words[0].isEmpty()) {
      return words.length > 1 && words[0].startsWith("HTTP/"); // a response
    }
    String target = words[1];
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    sink.value(Target.PATH, "path", Decoding.percent(path, false));
    if (mark >= 0) {
      FormBody.read(target.substring(mark + 1), '&', Target.ARG, Target.ARG_NAME, true, sink);
    }
    return true;
  }

  private void field(String read) {
    int colon = read.indexOf(':');
    String field = colon < 0 ? "" : Decoding.lowercase(read.substring(0, colon).strip());
    String value = read.substring(colon + 1).strip();
    sink.value(Target.HEADER, field, value);
    if (field.equals("content-type")) {
      contentTypes.add(value);
    }
  }

  private void asText() {
    BodyReader text = new TextReader(Target.ARG, name, sink);
    byte[] bytes = head.append(line).toString().getBytes(ISO_8859_1);
    text.feed(bytes, 0, bytes.length);
    body = text;
  }

  @Override
  public void finish(boolean complete) {
    if (body == null) {
      if (lines == 0) {
        asText();
      } else if (!line.isEmpty()) {
        field(line.toString());
      }
    }
    if (body != null) {
      body.finish(complete);
    }
  }
}
