// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.BufferedInputStream;
import java.io.IOException;

/** A file format for requests. Files are streamed, one request at a time. */
interface RecordedFormat {
  /**
   * Reads all requests.
   *
   * @param name the name of the file in ids and in the table
   */
  void read(BufferedInputStream in, String name, RequestSink sink) throws IOException;
}
