package io.gatewaykit.examples.replay;

/** Takes what a file holds, in its order. */
interface RequestSink {
  /** Takes one request. */
  void onRequest(RecordedRequest request);

  /** Takes the number of a line, from 1, that holds no request, and what is wrong with it. */
  void onBadLine(long line, String reason);
}
