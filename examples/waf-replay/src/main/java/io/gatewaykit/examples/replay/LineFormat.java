// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.BufferedInputStream;
import java.io.IOException;

/** A format with one request in each line. Empty lines are skipped. */
abstract class LineFormat implements RecordedFormat {

  /** Parses the request of one line. */
  abstract RecordedRequest parse(byte[] line, String name, long number) throws BadRecordException;

  @Override
  public final void read(BufferedInputStream in, String name, RequestSink sink) throws IOException {
    Lines lines = new Lines(in, Lines.MAX_LENGTH);
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      if (isBlank(line)) {
        continue;
      }
      RecordedRequest request;
      try {
        if (lines.tooLong()) {
          throw new BadRecordException("longer than " + Lines.MAX_LENGTH + " bytes");
        }
        request = parse(line, name, lines.number());
      } catch (BadRecordException e) {
        sink.onBadLine(lines.number(), String.valueOf(e.getMessage()));
        continue;
      }
      sink.onRequest(request);
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }
}
