package io.gatewaykit.examples.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.Attempts;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.SelectContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to the servers and back: attempt after attempt, or two side by side, until
 * a response can be passed on. Used on one event loop only.
 */
final class Exchange {
  /** What can be sent twice without harm (RFC 9110 §9.2.2). */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  /** Each attempt has its own time; together they may take what they need. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /**
   * How long a server may stay silent once another one was faster: so many times what makes an
   * answer late, and not less than the time. Then it counts as timed out, long before its turn to
   * do so, and a server that hangs is set aside while hedges still hide it.
   */
  private static final int OUTRUN_FACTOR = 10;

  private static final long MIN_OUTRUN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ProxyHandler client;
  private final HttpRequest request;
  private final UpstreamPool pool;
  private final ProxySettings settings;
  private final Attempts<InetSocketAddress> attempts;
  private final @Nullable String broughtToken;
  private final RequestBody body = new RequestBody();

  /** The attempt that is sent the request as it comes. */
  private @Nullable Attempt main;

  /** The one beside it, which began when all of the request was there. */
  private @Nullable Attempt hedge;

  /** The one whose response is passed on. */
  private @Nullable Attempt winner;

  private @Nullable Future<?> hedgeTimer;
  private long hedgeNanos;
  private boolean requestEnded;
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
    StickyCookie sticky = settings.sticky();
    broughtToken = sticky == null ? null : sticky.brought(request);
    var context = new SelectContext().idempotent(IDEMPOTENT.contains(request.method().name()));
    if (broughtToken != null) {
      context.stickyToken(broughtToken);
    }
    attempts = group.begin(context, LONGEST);
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
    Lease<InetSocketAddress> lease = attempts.next();
    if (lease == null) {
      return false;
    }
    var attempt = attempt(lease);
    main = attempt;
    attempt.start();
    hedgeLater();
    return true;
  }

  private Attempt attempt(Lease<InetSocketAddress> lease) {
    return new Attempt(this, pool, lease, settings.perTryTimeout());
  }

  /** Sets the timer for a second attempt, once there is a whole request that it could be sent. */
  private void hedgeLater() {
    boolean canWait = requestEnded && body.isWhole() && winner == null && !ended;
    if (!canWait || hedgeTimer != null || request.headers().contains(HttpHeaderNames.UPGRADE)) {
      return;
    }
    Duration delay = attempts.hedgeDelay();
    if (delay != null) {
      hedgeNanos = delay.toNanos();
      hedgeTimer = client.after(hedgeNanos, this::hedge);
    }
  }

  private void hedge() {
    hedgeTimer = null;
    if (ended || winner != null || main == null || hedge != null) {
      return;
    }
    Lease<InetSocketAddress> lease = attempts.hedge();
    if (lease != null) {
      var attempt = attempt(lease);
      hedge = attempt;
      attempt.start();
    }
  }

  void connected(Attempt attempt, UpstreamConnection connection) {
    connection.write(settings.headers().toServer(request, client.peer()));
    body.sendKept(connection);
    connection.flush();
    awaitResponse(connection);
    if (attempt == main) {
      client.setReading(connection.isWritable());
    }
  }

  /** While the client is what is waited for, the server is not short of time. */
  private void awaitResponse(UpstreamConnection connection) {
    boolean serversTurn = requestEnded || !connection.isWritable();
    connection.expectWithin(serversTurn ? settings.perTryTimeout().toNanos() : MAX_SILENCE_NANOS);
  }

  /** Whether it tries the same server again, whose connection was found closed. */
  boolean reconnects(Attempt attempt) {
    boolean again = winner == null && body.isWhole() && attempts.mayRetry(Outcome.FAILURE);
    if (again) {
      attempt.connect();
    }
    return again;
  }

  /** Goes on with another endpoint if that is possible and harmless, and else gives up. */
  void failed(Attempt attempt, Outcome outcome, int answer) {
    if (attempt == winner) {
      attempt.end(outcome, status);
      end();
      client.close(); // the only way to say that a response is not whole
      return;
    }
    attempt.end(outcome, OutcomeReport.NO_STATUS);
    if (!goesOnWithout(attempt, outcome)) {
      answer(
          answer,
          answer == 504 ? "upstream-timeout" : "upstream-failure",
          answer == 504 ? "Gateway Timeout" : "Bad Gateway");
    }
  }

  private boolean goesOnWithout(Attempt attempt, Outcome outcome) {
    if (attempt == hedge) {
      hedge = null;
    } else {
      main = null;
    }
    boolean another = main != null || hedge != null;
    boolean next = main == null && body.isWhole() && attempts.mayRetry(outcome) && nextAttempt();
    return next || another;
  }

  // The server's side

  void responseHead(Attempt attempt, HttpResponse response) {
    int code = response.status().code();
    UpstreamConnection server = requireNonNull(attempt.server());
    if (code == 101) {
      upgrade(attempt, server, response);
    } else if (code < 200) {
      if (attempt == main) {
        client.writeInterim(response, request);
      }
    } else {
      Outcome outcome = Attempt.outcome(response);
      if (outcome != Outcome.SUCCESS) {
        attempt.end(response);
        if (goesOnWithout(attempt, outcome)) {
          abandonResponse(server);
          return;
        }
      }
      win(attempt);
      status = code;
      server.expectWithin(MAX_SILENCE_NANOS);
      keepAt(attempt, response);
      client.writeHead(response, request);
    }
  }

  /** Gives the client what brings its next requests to the same endpoint. */
  private void keepAt(Attempt attempt, HttpResponse response) {
    StickyCookie sticky = settings.sticky();
    String token = sticky == null ? null : attempt.stickyToken(broughtToken);
    if (sticky != null && token != null) {
      sticky.give(response, token);
    }
  }

  private void win(Attempt attempt) {
    Attempt other = attempt == hedge ? main : hedge;
    winner = attempt;
    main = null;
    hedge = null;
    body.discard();
    stopHedging();
    if (other != null) {
      other.outrun(outrunNanos());
    }
  }

  private long outrunNanos() {
    return Math.min(
        settings.perTryTimeout().toNanos(), Math.max(MIN_OUTRUN_NANOS, OUTRUN_FACTOR * hedgeNanos));
  }

  private void abandonResponse(UpstreamConnection connection) {
    if (requestEnded) {
      connection.swallowRest();
    } else {
      connection.abandon();
    }
  }

  void responseContent(Attempt attempt, HttpContent content) {
    if (attempt != winner) {
      content.release(); // the empty end of an interim response
      return;
    }
    UpstreamConnection server = requireNonNull(attempt.server());
    boolean last = content instanceof LastHttpContent;
    server.expectWithin(MAX_SILENCE_NANOS);
    if (last) {
      responseEnded(attempt, server);
    }
    client.write(content);
    if (last) {
      client.responseWritten();
    } else if (!client.isWritable()) {
      clientWritabilityChanged();
    }
  }

  private void responseEnded(Attempt attempt, UpstreamConnection server) {
    attempt.end(Outcome.SUCCESS, status); // unless its head has said otherwise
    end();
    if (requestEnded) {
      server.release();
    } else {
      server.abandon(); // it answered early: what it did not read would be the next request
    }
  }

  void responseReadComplete() {
    client.flush();
  }

  void serverWritabilityChanged(Attempt attempt) {
    if (attempt == receiver()) {
      client.setReading(requireNonNull(attempt.server()).isWritable());
    }
  }

  private void upgrade(Attempt attempt, UpstreamConnection server, HttpResponse response) {
    winner = attempt;
    end();
    attempt.becomesTunnel();
    client.becomeTunnelTo(server, response);
  }

  // The client's side

  /** Returns the attempt that gets what the client sends. */
  private @Nullable Attempt receiver() {
    return winner == null ? main : winner;
  }

  void requestContent(HttpContent content) {
    requestEnded |= content instanceof LastHttpContent;
    if (ended) {
      content.release();
      return;
    }
    Attempt receiver = receiver();
    UpstreamConnection server = receiver == null ? null : receiver.server();
    if (server == null) {
      body.keepUnsent(content);
      if (body.isFull()) {
        client.setReading(false);
      }
    } else {
      send(content, server);
    }
    if (requestEnded) {
      hedgeLater();
    }
  }

  private void send(HttpContent content, UpstreamConnection server) {
    // Where a response has begun there will be no other attempt: nothing needs to be kept.
    server.write(winner != null ? content : body.send(content));
    if (requestEnded) {
      server.flush();
    }
    if (winner == null) {
      awaitResponse(server);
    }
    if (!server.isWritable()) {
      client.setReading(false);
    }
  }

  void requestReadComplete() {
    Attempt receiver = receiver();
    UpstreamConnection server = receiver == null || ended ? null : receiver.server();
    if (server != null) {
      server.flush();
    }
  }

  void clientWritabilityChanged() {
    UpstreamConnection server = winner == null || ended ? null : winner.server();
    if (server == null) {
      return; // nothing to write yet
    }
    boolean writable = client.isWritable();
    server.setReading(writable);
    if (writable) {
      server.expectWithin(MAX_SILENCE_NANOS);
    } else {
      server.expectNothing(); // the client watches over its own slowness
    }
  }

  void clientGone() {
    if (ended) {
      return;
    }
    end();
    cancel(main);
    cancel(hedge);
    cancel(winner);
  }

  private static void cancel(@Nullable Attempt attempt) {
    if (attempt != null) {
      attempt.cancel();
    }
  }

  private void answer(int status, String reason, String title) {
    end();
    client.answer(request, status, reason, title);
  }

  private void end() {
    ended = true;
    stopHedging();
    body.discard();
    client.setReading(true);
  }

  private void stopHedging() {
    if (hedgeTimer != null) {
      hedgeTimer.cancel(false);
      hedgeTimer = null;
    }
  }
}
