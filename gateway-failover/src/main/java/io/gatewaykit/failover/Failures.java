package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** What a call's exception says of the endpoint. */
final class Failures {
  private Failures() {}

  static Outcome outcome(Throwable failure) {
    if (failure instanceof ConnectException) {
      return Outcome.CONNECT_FAILURE;
    }
    if (failure instanceof SocketTimeoutException || failure instanceof TimeoutException) {
      return Outcome.TIMEOUT;
    }
    // The caller's own end, or its own defect, is no evidence and no reason to try again.
    boolean ours =
        failure instanceof CancellationException
            || failure instanceof InterruptedException
            || failure instanceof Error;
    return ours ? Outcome.CANCELLED : Outcome.FAILURE;
  }

  /** Returns what failed inside the wrappers that futures add. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapped =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapped && cause != null ? cause : failure;
  }
}
