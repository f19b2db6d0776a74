// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

/** Receives the contents of a file, in order. */
interface RequestSink {
  /** Called with a request. */
  void onRequest(RecordedRequest request);

  /** Called with the number of an invalid line, from 1, and the reason. */
  void onBadLine(long line, String reason);
}
