package io.gatewaykit.examples.edge.proxy;

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
 * One try of an exchange at one server: its lease, and its connection once there is one. When
 * another try was faster it goes on alone until the server answers, so that its connection stays
 * usable and a server that hangs is found out. Used on one event loop only.
 */
final class Attempt {
  private final Exchange exchange;
  private final UpstreamPool pool;
  private final Lease<InetSocketAddress> lease;
  private final Duration connectTimeout;
  private @Nullable UpstreamConnection server;
  private State state = State.RUNNING;

  private enum State {
    RUNNING,
    /** The exchange has its response from elsewhere. */
    OUTRUN,
    /** The lease was ended. */
    OVER
  }

  Attempt(
      Exchange exchange,
      UpstreamPool pool,
      Lease<InetSocketAddress> lease,
      Duration connectTimeout) {
    this.exchange = exchange;
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

  /** Opens a new connection, also in place of one that turned out to be closed. */
  void connect() {
    server = null;
    pool.connect(lease.payload(), connectTimeout, this);
  }

  @Nullable UpstreamConnection server() {
    return server;
  }

  /** Returns what brings the client back to this server; null if it brought that. */
  @Nullable String stickyToken(@Nullable String brought) {
    return lease.stickyToken(brought);
  }

  // What its connection tells

  void connected(UpstreamConnection connection) {
    if (state == State.RUNNING) {
      server = connection;
      connection.attach(this);
      exchange.connected(this, connection);
    } else {
      end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
      connection.release();
    }
  }

  void connectFailed(Throwable cause) {
    if (state == State.RUNNING) {
      exchange.failed(
          this, Outcome.CONNECT_FAILURE, cause instanceof ConnectTimeoutException ? 504 : 502);
    } else {
      end(Outcome.CONNECT_FAILURE, OutcomeReport.NO_STATUS);
    }
  }

  void responseHead(HttpResponse response) {
    int code = response.status().code();
    if (code >= 200) {
      lease.answered();
    }
    if (state == State.RUNNING) {
      exchange.responseHead(this, response);
    } else if (code >= 200) {
      end(response);
      connection().swallowRest();
    }
  }

  void responseContent(HttpContent content) {
    if (state == State.OUTRUN) {
      content.release(); // the empty end of an interim response
    } else {
      exchange.responseContent(this, content);
    }
  }

  void responseReadComplete() {
    if (state != State.OUTRUN) {
      exchange.responseReadComplete();
    }
  }

  void writabilityChanged() {
    if (state != State.OUTRUN) {
      exchange.serverWritabilityChanged(this);
    }
  }

  /** The server sent what is not HTTP. */
  void broken() {
    connection().abandon();
    gone(Outcome.FAILURE, 502);
  }

  void timedOut() {
    connection().abandon();
    gone(Outcome.TIMEOUT, 504);
  }

  /** The connection ended though more was to come. */
  void serverGone() {
    // A server may close a waiting connection just as a request is sent: says nothing of its
    // health.
    boolean stale = connection().isReused();
    if (state == State.OUTRUN) {
      end(stale ? Outcome.CANCELLED : Outcome.FAILURE, OutcomeReport.NO_STATUS);
    } else if (!stale || !exchange.reconnects(this)) {
      exchange.failed(this, Outcome.FAILURE, 502);
    }
  }

  private void gone(Outcome outcome, int answer) {
    if (state == State.OUTRUN) {
      end(outcome, OutcomeReport.NO_STATUS);
    } else {
      exchange.failed(this, outcome, answer);
    }
  }

  private UpstreamConnection connection() {
    return requireNonNull(server);
  }

  // What the exchange decides

  /** Another one was faster. Goes on, no longer than so, for what can be learnt. */
  void outrun(long nanos) {
    state = State.OUTRUN;
    if (server != null) {
      server.expectWithin(nanos);
    }
  }

  /** Nobody waits for it any more, and nothing was learnt. */
  void cancel() {
    end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
    if (server != null) {
      server.abandon();
    }
  }

  /** Reports once; later reports say nothing new. */
  void end(Outcome outcome, int status) {
    if (state == State.OVER) {
      return;
    }
    state = State.OVER;
    if (outcome == Outcome.CANCELLED) {
      lease.close();
    } else {
      lease.end(outcome, status);
    }
  }

  /** Reports what the response says of the server. */
  void end(HttpResponse response) {
    Outcome outcome = outcome(response);
    if (outcome == Outcome.REJECTED_REMOTE && state != State.OVER) {
      state = State.OVER;
      lease.pushBack(retryAfter(response), response.status().code());
    } else {
      end(outcome, response.status().code());
    }
  }

  /** The connection became a tunnel, which counts until it is closed, and can be asked to go. */
  @SuppressWarnings("FutureReturnValueIgnored") // closing is noticed by the listener
  void becomesTunnel() {
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

  /** Returns what the server asks for in seconds; zero for a date or anything else. */
  private static Duration retryAfter(HttpResponse response) {
    String value = response.headers().get(HttpHeaderNames.RETRY_AFTER, "");
    boolean seconds = !value.isEmpty() && value.length() <= 9;
    for (int i = 0; i < value.length() && seconds; i++) {
      seconds = value.charAt(i) >= '0' && value.charAt(i) <= '9';
    }
    return seconds ? Duration.ofSeconds(Integer.parseInt(value)) : Duration.ZERO;
  }
}
