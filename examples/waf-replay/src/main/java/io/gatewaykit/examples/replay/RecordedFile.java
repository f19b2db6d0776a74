// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Reads a file of requests, optionally compressed with gzip. */
final class RecordedFile {
  private static final int BUFFER = 1 << 16;

  private RecordedFile() {}

  /**
   * Passes the requests of a file to the sink.
   *
   * @throws IOException if the file cannot be read completely
   */
  static void read(Path file, RequestSink sink, ProgressBar progress) throws IOException {
    try (var raw = new BufferedInputStream(progress.counting(Files.newInputStream(file)), BUFFER);
        var in = new BufferedInputStream(plain(raw), BUFFER)) {
      RecordedFormat.detect(in).read(in, String.valueOf(file.getFileName()), sink);
    }
  }

  private static InputStream plain(BufferedInputStream raw) throws IOException {
    byte[] magic = RecordedFormat.Peek.bytes(raw, 2);
    boolean gzip = magic.length == 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b;
    return gzip ? new GZIPInputStream(raw, BUFFER) : raw;
  }
}
