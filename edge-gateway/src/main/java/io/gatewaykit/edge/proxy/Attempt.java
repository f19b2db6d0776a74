// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.Lease;
import io.netty.channel.Channel;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of an exchange at one server, with its lease and, once connected, its connection. If
 * another attempt wins, it continues until the server responds, so that its connection remains
 * usable and a hanging server is detected. Confined to one event loop.
 */
final class Attempt implements UpstreamConnection.Listener {
  private final Owner owner;
  private final UpstreamPool pool;
  private final Lease<InetSocketAddress> lease;
  private final Duration connectTimeout;
  private @Nullable UpstreamConnection server;
  private State state = State.RUNNING;

  /** The exchange that makes the attempt. It is not notified of a superseded attempt. */
  interface Owner {
    /** Called when the attempt has a connection. */
    void connected(Attempt attempt, UpstreamConnection connection);

    /**
     * Called when a stale connection was closed. Returns whether the request is sent again on a new
     * one.
     */
    boolean reconnects(Attempt attempt);

    /**
     * Called when the attempt has failed.
     *
     * @param errorStatus the status for the client if there is no further attempt
     */
    void failed(Attempt attempt, Outcome outcome, int errorStatus);

    /** Called with the head of a response, also of an interim one. */
    void responseHead(Attempt attempt, HttpResponse response);

    /** Called with a part of the body, which the owner releases. */
    void responseContent(Attempt attempt, HttpContent content);

    /** Called when all bytes of a read are decoded. */
    void responseReadComplete();

    /** Called when the connection has become writable or unwritable. */
    void serverWritabilityChanged(Attempt attempt);
  }

  private enum State {
    RUNNING,
    /** Superseded: another attempt has won. */
    SUPERSEDED,
    /** The lease has ended. */
    ENDED
  }

  Attempt(Owner owner, UpstreamPool pool, Lease<InetSocketAddress> lease, Duration connectTimeout) {
    this.owner = owner;
    this.pool = pool;
    this.lease = lease;
    this.connectTimeout = connectTimeout;
  }

  void start() {
    UpstreamConnection idle = pool.takeIdle(lease.payload());
    if (idle == null) {
      connect();
    } else {
      connected(idle);
    }
  }

  /** Opens a new connection, also to replace one that was found closed. */
  void connect() {
    server = null;
    pool.connect(lease.payload(), connectTimeout, this);
  }

  @Nullable UpstreamConnection server() {
    return server;
  }

  /** Returns the token to set for this server; null if that of the client remains valid. */
  @Nullable String stickyToken(@Nullable String token) {
    return lease.stickyToken(token);
  }

  // Events of the connection

  @Override
  public void connected(UpstreamConnection connection) {
    if (state == State.RUNNING) {
      server = connection;
      connection.attach(this);
      owner.connected(this, connection);
    } else {
      end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
      connection.release();
    }
  }

  @Override
  public void connectFailed(Throwable cause) {
    if (state == State.RUNNING) {
      owner.failed(
          this, Outcome.CONNECT_FAILURE, cause instanceof ConnectTimeoutException ? 504 : 502);
    } else {
      end(Outcome.CONNECT_FAILURE, OutcomeReport.NO_STATUS);
    }
  }

  @Override
  public void responseHead(HttpResponse response) {
    int code = response.status().code();
    if (code >= 200) {
      lease.responseStarted();
    }
    if (state == State.RUNNING) {
      owner.responseHead(this, response);
    } else if (code >= 200) {
      end(response);
      connection().drainResponse();
    }
  }

  @Override
  public void responseContent(HttpContent content) {
    if (state == State.SUPERSEDED) {
      content.release(); // the empty end of an interim response
    } else {
      owner.responseContent(this, content);
    }
  }

  @Override
  public void responseReadComplete() {
    if (state != State.SUPERSEDED) {
      owner.responseReadComplete();
    }
  }

  @Override
  public void writabilityChanged() {
    if (state != State.SUPERSEDED) {
      owner.serverWritabilityChanged(this);
    }
  }

  @Override
  public void onInvalidResponse() {
    connection().abandon();
    onClosed(Outcome.FAILURE, 502);
  }

  @Override
  public void timedOut() {
    connection().abandon();
    onClosed(Outcome.TIMEOUT, 504);
  }

  @Override
  public void onServerClosed() {
    // A server can close an idle connection while a request is being sent. This is no sign of poor
    // health.
    boolean stale = connection().isReused();
    if (state == State.SUPERSEDED) {
      end(stale ? Outcome.CANCELLED : Outcome.FAILURE, OutcomeReport.NO_STATUS);
    } else if (!stale || !owner.reconnects(this)) {
      owner.failed(this, Outcome.FAILURE, 502);
    }
  }

  private void onClosed(Outcome outcome, int errorStatus) {
    if (state == State.SUPERSEDED) {
      end(outcome, OutcomeReport.NO_STATUS);
    } else {
      owner.failed(this, outcome, errorStatus);
    }
  }

  private UpstreamConnection connection() {
    return requireNonNull(server);
  }

  // Decisions of the exchange

  /** Supersedes this attempt, which continues for at most this time to measure its server. */
  void supersede(long nanos) {
    state = State.SUPERSEDED;
    if (server != null) {
      server.expectWithin(nanos);
    }
  }

  /** Abandons the attempt, without an outcome. */
  void cancel() {
    end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
    if (server != null) {
      server.abandon();
    }
  }

  /** Reports the outcome; later calls have no effect. */
  void end(Outcome outcome, int status) {
    if (state == State.ENDED) {
      return;
    }
    state = State.ENDED;
    if (outcome == Outcome.CANCELLED) {
      lease.close();
    } else {
      lease.end(outcome, status);
    }
  }

  /** Reports the outcome that the response indicates. */
  void end(HttpResponse response) {
    Outcome outcome = outcome(response);
    if (outcome == Outcome.REJECTED_REMOTE && state != State.ENDED) {
      state = State.ENDED;
      lease.pushBack(retryAfter(response), response.status().code());
    } else {
      end(outcome, response.status().code());
    }
  }

  /** The connection is now a tunnel. It counts as in flight until it closes, and can be drained. */
  @SuppressWarnings("FutureReturnValueIgnored") // the listener is notified of the close
  void onTunnelOpened() {
    Channel channel = connection().channel();
    lease.asConnection(left -> channel.close());
    channel.closeFuture().addListener(closed -> end(Outcome.SUCCESS, 101));
  }

  static Outcome outcome(HttpResponse response) {
    int code = response.status().code();
    boolean busy =
        code == 429 || code == 503 && response.headers().contains(HttpHeaderNames.RETRY_AFTER);
    if (busy) {
      return Outcome.REJECTED_REMOTE;
    }
    return code >= 500 && code != 501 && code != 505 ? Outcome.FAILURE : Outcome.SUCCESS;
  }

  /** Returns the {@code Retry-After} in seconds; zero for a date or an invalid value. */
  private static Duration retryAfter(HttpResponse response) {
    String value = response.headers().get(HttpHeaderNames.RETRY_AFTER, "");
    boolean seconds = !value.isEmpty() && value.length() <= 9;
    for (int i = 0; i < value.length() && seconds; i++) {
      seconds = value.charAt(i) >= '0' && value.charAt(i) <= '9';
    }
    return seconds ? Duration.ofSeconds(Integer.parseInt(value)) : Duration.ZERO;
  }
}
