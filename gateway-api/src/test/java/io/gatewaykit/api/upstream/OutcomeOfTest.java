// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.UnresolvedAddressException;
import java.sql.SQLException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomeOfTest {
  /** Named as the exception of Netty, Apache HC4 and HC5. */
  private static final class ConnectTimeoutException extends IOException {
    private static final long serialVersionUID = 1;
  }

  /** Named as the exception of Apache HC5. */
  private static final class ConnectionRequestTimeoutException extends InterruptedIOException {
    private static final long serialVersionUID = 1;

    ConnectionRequestTimeoutException() {
      super("Timeout deadline: 1 MILLISECONDS");
    }
  }

  /** Named as the exception of Lettuce. */
  private static final class RedisCommandTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  static Stream<Arguments> exceptions() {
    return Stream.of(
        arguments(new ConnectException("Connection refused"), Outcome.CONNECT_FAILURE),
        arguments(new NoRouteToHostException("No route to host"), Outcome.CONNECT_FAILURE),
        arguments(new SocketException("Network is unreachable"), Outcome.CONNECT_FAILURE),
        arguments(new UnknownHostException("name.invalid"), Outcome.CONNECT_FAILURE),
        arguments(new UnresolvedAddressException(), Outcome.CONNECT_FAILURE),
        arguments(new HttpConnectTimeoutException("late"), Outcome.CONNECT_FAILURE),
        arguments(new SocketTimeoutException("Connect timed out"), Outcome.CONNECT_FAILURE),
        arguments(new ConnectTimeoutException(), Outcome.CONNECT_FAILURE),
        arguments(new SSLHandshakeException("unknown issuer"), Outcome.CONNECT_FAILURE),
        arguments(new SQLException("no", "08001"), Outcome.CONNECT_FAILURE),
        arguments(new HttpTimeoutException("request timed out"), Outcome.TIMEOUT),
        arguments(new SocketTimeoutException("Read timed out"), Outcome.TIMEOUT),
        arguments(new InterruptedIOException("timeout"), Outcome.TIMEOUT),
        arguments(new TimeoutException(), Outcome.TIMEOUT),
        arguments(new RedisCommandTimeoutException(), Outcome.TIMEOUT),
        arguments(new SQLException("cancelled", "57014"), Outcome.TIMEOUT),
        arguments(new InterruptedException(), Outcome.CANCELLED),
        arguments(new ClosedByInterruptException(), Outcome.CANCELLED),
        arguments(new SocketException("Closed by interrupt"), Outcome.CANCELLED),
        arguments(new SocketException("Socket closed"), Outcome.CANCELLED),
        arguments(new InterruptedIOException("interrupted"), Outcome.CANCELLED),
        arguments(new CancellationException(), Outcome.CANCELLED),
        arguments(new IOException("Canceled"), Outcome.CANCELLED),
        arguments(new AssertionError(), Outcome.CANCELLED),
        arguments(new RejectedExecutionException(), Outcome.REJECTED_LOCAL),
        arguments(new BindException("Cannot assign"), Outcome.REJECTED_LOCAL),
        arguments(new ConnectionRequestTimeoutException(), Outcome.REJECTED_LOCAL),
        arguments(new SQLException("too many", "53300"), Outcome.REJECTED_REMOTE),
        arguments(new SQLException("duplicate", "23505"), Outcome.SUCCESS),
        arguments(new SQLException("broken", "08006"), Outcome.FAILURE),
        arguments(new SQLException("unknown"), Outcome.FAILURE),
        arguments(new SocketException("Connection reset"), Outcome.FAILURE),
        arguments(new SSLException("closed"), Outcome.FAILURE),
        arguments(new IOException("EOF"), Outcome.FAILURE),
        arguments(new IllegalStateException(), Outcome.FAILURE));
  }

  private static Arguments arguments(Throwable failure, Outcome outcome) {
    return Arguments.of(failure, outcome);
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void of_bareOrWrapped_isTheSame(Throwable failure, Outcome outcome) {
    assertThat(Outcome.of(failure)).isEqualTo(outcome);
    assertThat(Outcome.of(new CompletionException(failure))).isEqualTo(outcome);
    assertThat(Outcome.of(new ExecutionException(new CompletionException(failure))))
        .isEqualTo(outcome);
    if (failure instanceof Exception) {
      assertThat(Outcome.of(new RuntimeException("client", failure))).isEqualTo(outcome);
    }
    if (failure instanceof IOException io) {
      assertThat(Outcome.of(new UncheckedIOException(io))).isEqualTo(outcome);
    }
  }

  @Test
  void of_timeoutCausedByTheConnect_isAFailedConnection() {
    var timeout = new SocketTimeoutException("failed to connect after 800ms");
    timeout.initCause(new SocketTimeoutException("Connect timed out"));
    assertThat(Outcome.of(timeout)).isEqualTo(Outcome.CONNECT_FAILURE);
  }

  @Test
  void of_connectionClosedByInterruption_isCancelled() {
    var failure = new ConnectException("closed");
    failure.initCause(new ClosedByInterruptException());
    assertThat(Outcome.of(failure)).isEqualTo(Outcome.CANCELLED);
  }

  @Test
  void of_cyclicCauses_terminates() {
    var first = new IOException("a");
    first.initCause(new IOException("b", first));
    assertThat(Outcome.of(first)).isEqualTo(Outcome.FAILURE);
  }
}
