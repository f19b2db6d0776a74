// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.SelectContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proxies one request: makes attempts, in sequence or two in parallel, until a response can be
 * forwarded. Confined to one event loop.
 */
final class Exchange implements Attempt.Owner {
  /** The idempotent methods (RFC 9110 §9.2.2). */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  private final ClientSide client;
  private final HttpRequest request;
  private final ProxySettings settings;
  private final AttemptRace race;
  private final @Nullable String clientToken;
  private final RequestBody body;

  private boolean requestEnded;
  private boolean ended;
  private int status;

  Exchange(
      ClientSide client,
      HttpRequest request,
      UpstreamPool pool,
      FailoverGroup<InetSocketAddress> group,
      ProxySettings settings) {
    this.client = client;
    this.request = request;
    this.settings = settings;
    body = new RequestBody(settings.held());
    StickyCookie sticky = settings.sticky();
    clientToken = sticky == null ? null : sticky.token(request);
    var context = new SelectContext().idempotent(IDEMPOTENT.contains(request.method().name()));
    if (clientToken != null) {
      context.stickyToken(clientToken);
    }
    race = new AttemptRace(this, client.loop(), pool, group, context, settings);
  }

  boolean requestEnded() {
    return requestEnded;
  }

  /** Returns whether a response has started and is not complete. */
  boolean isResponding() {
    return race.isWon() && !ended;
  }

  void start() {
    if (!startNext()) {
      respond(503, "no-endpoint", "Service Unavailable");
    }
  }

  // Attempts

  private boolean startNext() {
    boolean started = race.startNext();
    if (started) {
      hedgeLater();
    }
    return started;
  }

  /** Schedules the hedge, if the request is complete and its body can be replayed. */
  private void hedgeLater() {
    boolean ready = requestEnded && body.isRepeatable() && !ended;
    if (ready && !request.headers().contains(HttpHeaderNames.UPGRADE)) {
      race.hedgeLater();
    }
  }

  @Override
  public void connected(Attempt attempt, UpstreamConnection connection) {
    if (!body.canRestart()) {
      attempt.cancel(); // the body went to another attempt
      if (!race.remove(attempt)) {
        respond(502, "upstream-failure", "Bad Gateway");
      }
      return;
    }
    connection.write(settings.headers().toServer(request, client.peer(), client.local()));
    body.sendKept(connection);
    connection.flush();
    awaitResponse(connection);
    if (race.isMain(attempt)) {
      client.setReading(connection.isWritable());
    }
  }

  /**
   * Sets the read timeout. While the client is still sending, only its own rate is limited: a
   * server that waits for a slow client has not failed.
   */
  private void awaitResponse(UpstreamConnection connection) {
    boolean awaitsServer = requestEnded || !connection.isWritable();
    if (awaitsServer) {
      connection.expectWithin(settings.perTryTimeout().toNanos());
    } else {
      connection.expectNothing();
    }
  }

  @Override
  public boolean reconnects(Attempt attempt) {
    boolean again = !race.isWon() && body.canRestart() && race.mayRetry(Outcome.FAILURE);
    if (again) {
      attempt.connect();
    }
    return again;
  }

  /** Retries at another endpoint if that is possible and safe, or else responds with an error. */
  @Override
  public void failed(Attempt attempt, Outcome outcome, int errorStatus) {
    if (race.isWinner(attempt)) {
      attempt.end(outcome, status);
      end();
      client.close(); // the only signal for an incomplete response
      return;
    }
    attempt.end(outcome, OutcomeReport.NO_STATUS);
    if (!continuesWithout(attempt, outcome)) {
      respond(
          errorStatus,
          errorStatus == 504 ? "upstream-timeout" : "upstream-failure",
          errorStatus == 504 ? "Gateway Timeout" : "Bad Gateway");
    }
  }

  private boolean continuesWithout(Attempt attempt, Outcome outcome) {
    boolean another = race.remove(attempt);
    boolean next = !race.hasMain() && body.canRestart() && race.mayRetry(outcome) && startNext();
    return next || another;
  }

  // Events of the server

  @Override
  public void responseHead(Attempt attempt, HttpResponse response) {
    int code = response.status().code();
    UpstreamConnection server = requireNonNull(attempt.server());
    if (code == 101) {
      upgrade(attempt, server, response);
    } else if (code < 200) {
      if (race.isMain(attempt)) {
        client.writeInterim(response, request);
        server.setReading(client.isWritable());
      }
    } else {
      Outcome outcome = Attempt.outcome(response);
      if (outcome != Outcome.SUCCESS) {
        attempt.end(response);
        if (continuesWithout(attempt, outcome)) {
          abandonResponse(server);
          return;
        }
      }
      body.discard();
      race.win(attempt);
      status = code;
      server.expectWithin(settings.bodyTimeout().toNanos());
      setStickyCookie(attempt, response);
      client.writeHead(response, request, requestEnded);
      if (!client.isWritable()) {
        clientWritabilityChanged();
      }
    }
  }

  /** Sets the cookie that keeps the client at its endpoint. */
  private void setStickyCookie(Attempt attempt, HttpResponse response) {
    StickyCookie sticky = settings.sticky();
    String token = sticky == null ? null : attempt.stickyToken(clientToken);
    if (sticky != null && token != null) {
      sticky.set(response, token);
    }
  }

  private void abandonResponse(UpstreamConnection connection) {
    if (requestEnded) {
      connection.drainResponse();
    } else {
      connection.abandon();
    }
  }

  @Override
  public void responseContent(Attempt attempt, HttpContent content) {
    if (!race.isWinner(attempt)) {
      content.release(); // the empty end of an interim response
      return;
    }
    UpstreamConnection server = requireNonNull(attempt.server());
    boolean last = content instanceof LastHttpContent;
    server.expectWithin(settings.bodyTimeout().toNanos());
    if (last) {
      HeaderRules.filterTrailers((LastHttpContent) content);
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
    attempt.end(Outcome.SUCCESS, status); // no effect if the head has already ended the attempt
    end();
    if (requestEnded) {
      server.release();
    } else {
      // early response: the server would read the rest of the body as the next request
      server.abandon();
    }
  }

  @Override
  public void responseReadComplete() {
    client.flush();
  }

  @Override
  public void serverWritabilityChanged(Attempt attempt) {
    if (attempt == race.receiver()) {
      client.setReading(requireNonNull(attempt.server()).isWritable());
    }
  }

  private void upgrade(Attempt attempt, UpstreamConnection server, HttpResponse response) {
    if (!HeaderRules.isConsent(response, request) || !requestEnded) {
      attempt.onInvalidResponse(); // RFC 9110 §7.8: no upgrade that was not requested
      return;
    }
    race.accept(attempt);
    end();
    attempt.onTunnelOpened();
    client.becomeTunnelTo(server, response);
  }

  // Events of the client

  void requestContent(HttpContent content) {
    if (content instanceof LastHttpContent last) {
      requestEnded = true;
      // not inspected by any guard, and some servers merge them into the head
      HeaderRules.dropTrailers(last);
    }
    if (ended) {
      content.release();
      return;
    }
    Attempt receiver = race.receiver();
    UpstreamConnection server = receiver == null ? null : receiver.server();
    if (server == null) {
      if (!body.keepUnsent(content)) {
        race.cancelMain();
        respond(503, "overloaded", "Service Unavailable");
      } else if (body.isFull()) {
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
    // Once a response has started there are no further attempts, so the body is not retained.
    server.write(race.isWon() ? content : body.send(content));
    if (requestEnded) {
      server.flush();
    }
    if (!race.isWon()) {
      awaitResponse(server);
    }
    if (!server.isWritable()) {
      client.setReading(false);
    }
  }

  void requestReadComplete() {
    Attempt receiver = race.receiver();
    UpstreamConnection server = receiver == null || ended ? null : receiver.server();
    if (server != null) {
      server.flush();
    }
  }

  void clientWritabilityChanged() {
    Attempt sender = race.receiver();
    UpstreamConnection server = sender == null || ended ? null : sender.server();
    if (server == null) {
      return; // nothing to write yet
    }
    boolean writable = client.isWritable();
    server.setReading(writable);
    if (!race.isWon()) {
      return; // interim response: the timeout of the final one still applies
    }
    if (writable) {
      server.expectWithin(settings.bodyTimeout().toNanos());
    } else {
      server.expectNothing(); // the client's handler limits its slowness
    }
  }

  void onClientClosed() {
    if (ended) {
      return;
    }
    end();
    race.cancel();
  }

  private void respond(int status, String reason, String title) {
    end();
    client.respond(request, status, reason, title);
  }

  private void end() {
    ended = true;
    race.stopHedging();
    body.discard();
    client.setReading(true);
  }
}
