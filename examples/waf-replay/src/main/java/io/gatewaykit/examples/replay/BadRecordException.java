package io.gatewaykit.examples.replay;

/** Thrown when a line holds no request; the message says why. */
final class BadRecordException extends Exception {
  private static final long serialVersionUID = 1;

  BadRecordException(String message) {
    super(message);
  }
}
