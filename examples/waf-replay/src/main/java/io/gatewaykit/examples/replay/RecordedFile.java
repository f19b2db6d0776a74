// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** Reads a file of requests, optionally compressed with gzip. */
final class RecordedFile {
  private static final int BUFFER = 1 << 16;
  private static final String UTF8_BOM = "\u00ef\u00bb\u00bf";
  private static final Pattern HAR = Pattern.compile("\\{\\s*\"log\"\\s*:\\s*\\{");

  private RecordedFile() {}

  /**
   * Passes the requests of a file to the sink.
   *
   * @throws IOException if the file cannot be read completely
   */
  static void read(Path file, RequestSink sink, ProgressBar progress) throws IOException {
    try (var raw = new BufferedInputStream(progress.counting(Files.newInputStream(file)), BUFFER);
        var in = new BufferedInputStream(plain(raw), BUFFER)) {
      format(in).read(in, String.valueOf(file.getFileName()), sink);
    }
  }

  private static InputStream plain(BufferedInputStream raw) throws IOException {
    byte[] magic = peek(raw, 2);
    boolean gzip = magic.length == 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b;
    return gzip ? new GZIPInputStream(raw, BUFFER) : raw;
  }

  /** Detects the format from the start of the file. */
  private static RecordedFormat format(BufferedInputStream in) throws IOException {
    String text = new String(peek(in, 4_096), StandardCharsets.ISO_8859_1).stripLeading();
    text = text.startsWith(UTF8_BOM) ? text.substring(3).stripLeading() : text;
    if (HAR.matcher(text).lookingAt()) {
      return new HarFormat();
    }
    return text.startsWith("{") ? new JsonLinesFormat() : new AccessLogFormat();
  }

  /** Returns the start of a stream without consuming it. */
  private static byte[] peek(BufferedInputStream in, int count) throws IOException {
    in.mark(count);
    byte[] head = in.readNBytes(count);
    in.reset();
    return head;
  }
}
