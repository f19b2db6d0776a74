// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Starts the server of an adapter, and holds the guards and clients of its contract tests. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("NullAway.Init") // the fields are set before each test
abstract class ContractServer {
  /** More requests than a server under test has threads. */
  protected static final int MANY = 40;

  /** The number of waiting requests if each holds a thread: fewer than any server here has. */
  static final int FEW = 3;

  static final Rejection LIMITED =
      Rejection.builder(429, "rate_limited", "Too Many Requests")
          .retryAfter(Duration.ofMillis(1500))
          .build();
  static final Rejection FORBIDDEN = Rejection.builder(403, "no", "Forbidden").build();
  static final String CHUNKED_POST =
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

  /** The application behind the adapter. */
  protected final TckApplication application = new TckApplication();

  private TckServer server;
  volatile GuardSelector guards;
  volatile RejectionRenderer renderer;

  /**
   * Starts a server with the adapter and the application; with fewer threads than {@link #MANY}.
   */
  protected abstract TckServer start(
      GuardSelector guards, RejectionRenderer renderer, ClientAddressResolver clients)
      throws Exception;

  /** The handling of unusual targets by the server, before the adapter receives them. */
  protected enum Targets {
    /** Passes targets as received. */
    AS_SENT,
    /** Rejects some with 400, and reduces an absolute form to its path. */
    REJECTED_OR_PATH
  }

  /** Returns the handling of targets by the server. */
  protected abstract Targets targets();

  /** Returns the server's name in {@code docs/http-semantics.md}. */
  protected abstract String name();

  /**
   * Returns whether the server sends 100 to a client that waits for it before calling the adapter.
   */
  protected boolean continuesEarly() {
    return false;
  }

  /** Returns whether a waiting request holds a thread of the server. */
  protected boolean holdsThreads() {
    return false;
  }

  @BeforeAll
  void startServer() throws Exception {
    server =
        start(
            request -> guards.select(request),
            (request, rejection) -> renderer.render(request, rejection),
            ClientAddressResolver.builder()
                .header(ForwardingHeader.X_FORWARDED_FOR)
                .trustedProxies("127.0.0.0/8", "::1/128")
                .build());
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @BeforeEach
  void reset() {
    application.reset();
    guards = GuardSelector.always(GuardChain.empty());
    renderer = RejectionRenderer.problemJson();
  }

  /** Guards the application with the given guard, from the next request on. */
  protected final <G extends Guard> G guardedBy(G guard) {
    guards = GuardSelector.always(GuardChain.of(guard));
    return guard;
  }

  /** Connects to the server. */
  protected final RawClient connect() throws IOException {
    return new RawClient(server.port());
  }

  static String post(String path, String body) {
    return post(path, body, "");
  }

  static String post(String path, String body, String fields) {
    return "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(path, fields, body.length(), body);
  }

  static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }

  static void awaitEnds(RecordingGuard guard, int count) {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> guard.ends().size() >= count);
  }

  void assertHello(RawResponse response) {
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hello");
    assertThat(response.header("X-App")).isEqualTo("yes");
  }

  /**
   * Asserts that a rejected body is not parsed as a request: the connection works, or is closed.
   */
  void assertUsableOrClosed(RawClient client) throws IOException {
    if (!client.isClosedByServer()) {
      assertHello(client.read());
    }
  }
}
