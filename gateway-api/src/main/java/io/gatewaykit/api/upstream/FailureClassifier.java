// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Maps an exception thrown by a client to an outcome.
 *
 * <p>Clients wrap exceptions of the JDK, each in its own way. The entire chain of causes is
 * therefore inspected, and the strongest evidence found in it decides. A cancellation by the caller
 * comes first, since a closed connection is its consequence. A connection that was never
 * established comes next, since clients report a connect timeout as a timeout with a corresponding
 * cause. Exceptions of libraries are identified by the names of their classes and superclasses, so
 * that this module depends on none of them.
 */
final class FailureClassifier {
  /** The maximum depth of the chain; also terminates the traversal of a cyclic chain. */
  private static final int MAX_DEPTH = 16;

  private static final Set<String> CONNECT_NAMES =
      Set.of("ConnectTimeoutException", "HttpConnectTimeoutException", "UnknownHostException");

  /** Timeouts while waiting for a free connection of the caller's own pool. */
  private static final Set<String> POOL_NAMES =
      Set.of(
          "ConnectionRequestTimeoutException",
          "ConnectionPoolTimeoutException",
          "PoolAcquireTimeoutException",
          "PoolAcquirePendingLimitException",
          "AcquireTimeoutException",
          "SQLTransientConnectionException");

  private FailureClassifier() {}

  static Outcome classify(Throwable failure) {
    if (isError(failure)) {
      return Outcome.CANCELLED;
    }
    Outcome strongest = null;
    boolean closedHere = false;
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++, cause = cause.getCause()) {
      Outcome outcome = evidence(cause);
      closedHere |= isClosedHere(cause);
      if (outcome != null && (strongest == null || rank(outcome) > rank(strongest))) {
        strongest = outcome;
      }
    }
    if (strongest == null) {
      return closedHere ? Outcome.CANCELLED : Outcome.FAILURE;
    }
    return strongest;
  }

  /**
   * Returns whether this side closed the connection: the caller did so, unless another exception in
   * the chain gives a reason. OkHttp closes it at a timeout.
   */
  private static boolean isClosedHere(Throwable failure) {
    return failure instanceof SocketException && message(failure).equals("socket closed")
        || failure.getClass().getSimpleName().equals("ConnectionClosedException")
            && message(failure).equals("connection is closed");
  }

  private static boolean isError(Throwable failure) {
    Throwable thrown = failure;
    while ((thrown instanceof CompletionException || thrown instanceof ExecutionException)
        && thrown.getCause() != null) {
      thrown = thrown.getCause();
    }
    return thrown instanceof Error;
  }

  private static int rank(Outcome outcome) {
    return switch (outcome) {
      case CANCELLED -> 6;
      case CONNECT_FAILURE -> 5;
      case REJECTED_LOCAL -> 4;
      case TIMEOUT -> 3;
      case REJECTED_REMOTE -> 2;
      case SUCCESS -> 1;
      case FAILURE -> 0;
    };
  }

  private static @Nullable Outcome evidence(Throwable failure) {
    if (failure instanceof InterruptedException
        || failure instanceof ClosedByInterruptException
        || failure instanceof CancellationException) {
      return Outcome.CANCELLED;
    }
    if (failure instanceof ConnectException
        || failure instanceof NoRouteToHostException
        || failure instanceof UnknownHostException
        || failure instanceof UnresolvedAddressException
        || failure instanceof SSLHandshakeException
        || failure instanceof SSLPeerUnverifiedException) {
      return Outcome.CONNECT_FAILURE;
    }
    if (failure instanceof RejectedExecutionException || failure instanceof BindException) {
      return Outcome.REJECTED_LOCAL; // the caller's own pool, or its own ports
    }
    String message = message(failure);
    if (failure instanceof SocketTimeoutException) {
      boolean connecting = message.contains("connect timed out") || message.contains("connect to ");
      return connecting || named(failure, CONNECT_NAMES)
          ? Outcome.CONNECT_FAILURE
          : Outcome.TIMEOUT;
    }
    if (failure instanceof InterruptedIOException) {
      if (named(failure, POOL_NAMES)) {
        return Outcome.REJECTED_LOCAL;
      }
      boolean timedOut = message.contains("timeout") || message.contains("timed out");
      return timedOut ? Outcome.TIMEOUT : Outcome.CANCELLED;
    }
    return failure instanceof TimeoutException ? Outcome.TIMEOUT : byNames(failure, message);
  }

  private static @Nullable Outcome byNames(Throwable failure, String message) {
    if (failure.getClass() == IOException.class && message.equals("canceled")) {
      return Outcome.CANCELLED; // OkHttp
    }
    if (failure instanceof SocketException) {
      if (message.contains("closed by interrupt")) {
        return Outcome.CANCELLED;
      }
      return message.contains("unreachable") ? Outcome.CONNECT_FAILURE : null;
    }
    for (Class<?> type = failure.getClass(); type != Object.class; type = type.getSuperclass()) {
      Outcome outcome = byName(type.getName(), failure, message);
      if (outcome != null) {
        return outcome;
      }
    }
    return null;
  }

  private static @Nullable Outcome byName(String type, Throwable failure, String message) {
    String name = type.substring(Math.max(type.lastIndexOf('.'), type.lastIndexOf('$')) + 1);
    if (POOL_NAMES.contains(name)) {
      return Outcome.REJECTED_LOCAL;
    }
    if (CONNECT_NAMES.contains(name)) {
      return Outcome.CONNECT_FAILURE;
    }
    if (name.endsWith("TimeoutException")) {
      return Outcome.TIMEOUT;
    }
    if (type.startsWith("io.grpc.Status")) {
      return grpc(message);
    }
    if (type.startsWith("org.springframework.web.")) {
      return springStatus(name);
    }
    return switch (name) {
      case "RequestFailedException" -> message.contains("cancel") ? Outcome.CANCELLED : null;
      case "SQLException" -> SqlStates.outcome(failure);
      default -> null;
    };
  }

  /** Maps a gRPC exception by the status at the start of its message. */
  private static @Nullable Outcome grpc(String message) {
    int end = message.indexOf(':');
    return switch (end < 0 ? message : message.substring(0, end)) {
      case "deadline_exceeded" ->
          message.contains("waiting_for_connection") ? Outcome.CONNECT_FAILURE : Outcome.TIMEOUT;
      case "cancelled" -> Outcome.CANCELLED;
      case "resource_exhausted" -> Outcome.REJECTED_REMOTE;
      case "invalid_argument",
          "not_found",
          "already_exists",
          "permission_denied",
          "unauthenticated",
          "failed_precondition",
          "aborted",
          "out_of_range",
          "unimplemented" ->
          Outcome.SUCCESS;
      default -> null; // unavailable, internal, unknown, data_loss
    };
  }

  /** Maps an exception of Spring's clients by its class, which identifies the response status. */
  private static @Nullable Outcome springStatus(String name) {
    return switch (name) {
      case "TooManyRequests" -> Outcome.REJECTED_REMOTE;
      case "BadRequest",
          "Unauthorized",
          "Forbidden",
          "NotFound",
          "MethodNotAllowed",
          "NotAcceptable",
          "Conflict",
          "Gone",
          "UnsupportedMediaType",
          "UnprocessableEntity",
          "UnprocessableContent",
          "HttpClientErrorException" ->
          Outcome.SUCCESS;
      default -> null;
    };
  }

  private static boolean named(Throwable failure, Set<String> names) {
    for (Class<?> type = failure.getClass(); type != Object.class; type = type.getSuperclass()) {
      if (names.contains(type.getSimpleName())) {
        return true;
      }
    }
    return false;
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? "" : message.toLowerCase(Locale.ROOT);
  }
}
