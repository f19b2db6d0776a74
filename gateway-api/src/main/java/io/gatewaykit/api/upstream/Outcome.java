// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

/** The outcome of an attempt at an endpoint. */
public enum Outcome {
  /** A good response. */
  SUCCESS(false),
  /** A response that indicates a failure of the endpoint, or a broken connection. */
  FAILURE(true),
  /** No response before the timeout. */
  TIMEOUT(true),
  /** No connection could be established, so the endpoint has not seen the request. */
  CONNECT_FAILURE(true),
  /** The endpoint is overloaded and rejected the request (429, 503 with {@code Retry-After}). */
  REJECTED_REMOTE(false),
  /**
   * The request was not sent, due to a limit, an open circuit breaker or a full queue. Gives no
   * information about the endpoint.
   */
  REJECTED_LOCAL(false),
  /** The caller cancelled: the client disconnected, or another attempt won. */
  CANCELLED(false);

  private final boolean againstEndpoint;

  Outcome(boolean againstEndpoint) {
    this.againstEndpoint = againstEndpoint;
  }

  /** Returns whether this counts as a failure of the endpoint. */
  public boolean againstEndpoint() {
    return againstEndpoint;
  }

  /**
   * Returns the outcome of an attempt that ended with this exception. The entire chain of causes is
   * inspected, including wrappers of clients and futures, and the exceptions of common clients are
   * recognised.
   *
   * <ul>
   *   <li>{@link #CANCELLED}: interruption, cancellation, and an {@link Error}.
   *   <li>{@link #CONNECT_FAILURE}: the connection was refused or timed out, the name or the route
   *       is unknown, or the TLS handshake failed. The endpoint has not seen the request.
   *   <li>{@link #TIMEOUT}: any other timeout.
   *   <li>{@link #REJECTED_LOCAL}: the caller's executor, connection pool or ports are used up.
   *   <li>{@link #REJECTED_REMOTE}: status 429 of Spring's clients, {@code RESOURCE_EXHAUSTED} of
   *       gRPC.
   *   <li>{@link #SUCCESS}: the exception reports a response that the caller caused, such as status
   *       404 of Spring's clients, {@code NOT_FOUND} of gRPC or a violated constraint of SQL. The
   *       endpoint works.
   *   <li>{@link #FAILURE}: everything else.
   * </ul>
   *
   * <p>The exception must be that of the call to the endpoint. One of another service that the same
   * code calls would be attributed to the endpoint. Thread-safe.
   */
  public static Outcome of(Throwable failure) {
    return FailureClassifier.classify(requireNonNull(failure, "failure"));
  }
}
