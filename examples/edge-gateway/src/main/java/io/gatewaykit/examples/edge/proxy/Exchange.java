package io.gatewaykit.examples.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.Attempts;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to the servers and back: attempt after attempt until a response can be
 * passed on. Used on one event loop only.
 */
final class Exchange {
  /** What can be sent twice without harm (RFC 9110 §9.2.2). */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final ProxyHandler client;
  private final HttpRequest request;
  private final UpstreamPool pool;
  private final ProxySettings settings;
  private final Attempts<InetSocketAddress> attempts;
  private final RequestBody body = new RequestBody();

  private @Nullable Lease<InetSocketAddress> lease;
  private @Nullable UpstreamConnection server;
  private boolean requestEnded;
  private boolean responseBegun;
  private boolean answeredHere;
  private boolean ended;
  private int status;

  Exchange(
      ProxyHandler client,
      HttpRequest request,
      UpstreamPool pool,
      FailoverGroup<InetSocketAddress> group,
      ProxySettings settings) {
    this.client = client;
    this.request = request;
    this.pool = pool;
    this.settings = settings;
    attempts = group.begin(IDEMPOTENT.contains(request.method().name()));
  }

  boolean requestEnded() {
    return requestEnded;
  }

  void start() {
    if (!nextAttempt()) {
      answer(503, "no-endpoint", "Service Unavailable");
    }
  }

  // Attempts

  private boolean nextAttempt() {
    Lease<InetSocketAddress> next = attempts.next();
    if (next == null) {
      return false;
    }
    lease = next;
    UpstreamConnection idle = pool.takeIdle(next.payload());
    if (idle == null) {
      connect();
    } else {
      connected(idle);
    }
    return true;
  }

  private void connect() {
    pool.connect(requireNonNull(lease).payload(), settings.perTryTimeout(), this);
  }

  void connected(UpstreamConnection connection) {
    if (ended) {
      connection.release();
      return;
    }
    server = connection;
    connection.attach(this);
    connection.write(settings.headers().toServer(request, client.peer()));
    body.sendKept(connection);
    connection.flush();
    awaitResponse(connection);
    client.setReading(connection.isWritable());
  }

  void connectFailed(Throwable cause) {
    if (!ended) {
      boolean late = cause instanceof ConnectTimeoutException;
      attemptFailed(Outcome.CONNECT_FAILURE, OutcomeReport.NO_STATUS, late ? 504 : 502);
    }
  }

  /** While the client is what is waited for, the server is not short of time. */
  private void awaitResponse(UpstreamConnection connection) {
    boolean serversTurn = requestEnded || !connection.isWritable();
    connection.expectWithin(serversTurn ? settings.perTryTimeout().toNanos() : MAX_SILENCE_NANOS);
  }

  /** Goes on with another endpoint if that is possible and harmless, and else gives up. */
  private void attemptFailed(Outcome outcome, int serverStatus, int answer) {
    if (!tryElsewhere(outcome, serverStatus)) {
      answer(
          answer,
          answer == 504 ? "upstream-timeout" : "upstream-failure",
          answer == 504 ? "Gateway Timeout" : "Bad Gateway");
    }
  }

  private boolean tryElsewhere(Outcome outcome, int serverStatus) {
    requireNonNull(lease).end(outcome, serverStatus);
    server = null;
    return !responseBegun && body.isWhole() && attempts.mayRetry(outcome) && nextAttempt();
  }

  // The server's side

  void responseHead(HttpResponse response) {
    int code = response.status().code();
    if (code == 101) {
      upgrade(response);
    } else if (code < 200) {
      client.writeInterim(response, request);
    } else {
      status = code;
      Outcome outcome = outcome(response);
      boolean another = outcome != Outcome.SUCCESS && !responseBegun;
      UpstreamConnection current = requireNonNull(server);
      if (another && tryElsewhere(outcome, code)) {
        abandonResponse(current);
        return;
      }
      server = current;
      responseBegun = true;
      body.discard();
      current.expectWithin(MAX_SILENCE_NANOS);
      client.writeHead(response, request);
    }
  }

  private void abandonResponse(UpstreamConnection connection) {
    if (requestEnded) {
      connection.swallowRest();
    } else {
      connection.abandon();
    }
  }

  private static Outcome outcome(HttpResponse response) {
    int code = response.status().code();
    boolean busy =
        code == 429 || code == 503 && response.headers().contains(HttpHeaderNames.RETRY_AFTER);
    if (busy) {
      return Outcome.REJECTED_REMOTE;
    }
    return code >= 500 && code != 501 && code != 505 ? Outcome.FAILURE : Outcome.SUCCESS;
  }

  void responseContent(HttpContent content) {
    UpstreamConnection current = requireNonNull(server);
    boolean last = content instanceof LastHttpContent;
    if (!responseBegun) {
      content.release(); // the empty end of an interim response
      return;
    }
    current.expectWithin(MAX_SILENCE_NANOS);
    if (last) {
      responseEnded(current);
    }
    client.write(content);
    if (last) {
      client.responseWritten();
    } else if (!client.isWritable()) {
      clientWritabilityChanged();
    }
  }

  private void responseEnded(UpstreamConnection connection) {
    boolean failed = status >= 500 && status != 501 && status != 505;
    requireNonNull(lease).end(failed ? Outcome.FAILURE : Outcome.SUCCESS, status);
    end();
    if (requestEnded) {
      connection.release();
    } else {
      connection.abandon(); // it answered early: what it did not read would be the next request
    }
  }

  void responseReadComplete() {
    client.flush();
  }

  void serverWritabilityChanged() {
    client.setReading(requireNonNull(server).isWritable());
  }

  /** The server sent what is not HTTP. */
  void broken() {
    requireNonNull(server).abandon();
    failed(Outcome.FAILURE, 502);
  }

  void timedOut() {
    requireNonNull(server).abandon();
    failed(Outcome.TIMEOUT, 504);
  }

  /** The connection ended though more was to come. */
  void serverGone() {
    UpstreamConnection gone = requireNonNull(server);
    // A server may close a waiting connection just as a request is sent: says nothing of its
    // health.
    boolean stale = gone.isReused() && !responseBegun;
    if (stale && body.isWhole() && attempts.mayRetry(Outcome.FAILURE)) {
      server = null;
      connect();
    } else {
      failed(Outcome.FAILURE, 502);
    }
  }

  private void failed(Outcome outcome, int answer) {
    if (responseBegun) {
      requireNonNull(lease).end(outcome, status);
      end();
      client.close(); // the only way to say that a response is not whole
    } else {
      attemptFailed(outcome, OutcomeReport.NO_STATUS, answer);
    }
  }

  private void upgrade(HttpResponse response) {
    requireNonNull(lease).end(Outcome.SUCCESS, 101);
    end();
    client.becomeTunnelTo(requireNonNull(server), response);
  }

  // The client's side

  void requestContent(HttpContent content) {
    requestEnded |= content instanceof LastHttpContent;
    if (ended || answeredHere || responseBegun && server == null) {
      content.release();
      return;
    }
    UpstreamConnection current = server;
    if (current == null) {
      body.keepUnsent(content);
      if (body.isFull()) {
        client.setReading(false);
      }
      return;
    }
    // Where a response has begun there will be no other attempt: nothing needs to be kept.
    current.write(responseBegun ? content : body.send(content));
    if (requestEnded) {
      current.flush();
    }
    if (!responseBegun) {
      awaitResponse(current);
    }
    if (!current.isWritable()) {
      client.setReading(false);
    }
  }

  void requestReadComplete() {
    if (server != null) {
      server.flush();
    }
  }

  void clientWritabilityChanged() {
    UpstreamConnection current = server;
    if (current == null) {
      return;
    }
    boolean writable = client.isWritable();
    current.setReading(writable);
    if (!writable) {
      current.expectNothing(); // the client watches over its own slowness
    } else if (responseBegun) {
      current.expectWithin(MAX_SILENCE_NANOS);
    } else {
      awaitResponse(current);
    }
  }

  void clientGone() {
    if (ended) {
      return;
    }
    end();
    if (lease != null) {
      lease.close();
    }
    if (server != null) {
      server.abandon();
      server = null;
    }
  }

  private void answer(int status, String reason, String title) {
    answeredHere = true;
    end();
    client.answer(request, status, reason, title);
  }

  private void end() {
    ended = true;
    body.discard();
    client.setReading(true);
  }
}
