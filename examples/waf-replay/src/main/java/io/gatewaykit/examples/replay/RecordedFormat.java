// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** A file format for requests. Files are streamed, one request at a time. */
interface RecordedFormat {
  /**
   * Reads all requests.
   *
   * @param name the name of the file in ids and in the table
   */
  void read(BufferedInputStream in, String name, RequestSink sink) throws IOException;

  /** Detects the format from the start of the file. */
  static RecordedFormat detect(BufferedInputStream in) throws IOException {
    byte[] head = Peek.bytes(in, 4_096);
    String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
    text = text.startsWith(Peek.UTF8_BOM) ? text.substring(3).stripLeading() : text;
    if (Peek.HAR.matcher(text).lookingAt()) {
      return new HarFormat();
    }
    return text.startsWith("{") ? new JsonLinesFormat() : new AccessLogFormat();
  }

  /** Inspects the start of a stream without consuming it. */
  final class Peek {
    private static final String UTF8_BOM = "\u00ef\u00bb\u00bf";
    private static final Pattern HAR = Pattern.compile("\\{\\s*\"log\"\\s*:\\s*\\{");

    private Peek() {}

    static byte[] bytes(BufferedInputStream in, int count) throws IOException {
      in.mark(count);
      byte[] head = in.readNBytes(count);
      in.reset();
      return head;
    }
  }
}
