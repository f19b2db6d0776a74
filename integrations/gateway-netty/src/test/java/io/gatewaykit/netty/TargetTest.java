// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.api.tck.RawClient;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Targets over the wire: the routes that apply to them, and the malformed ones. */
@ExtendWith(LeakGate.class)
class TargetTest {
  private static final LiveRoutes<GuardChain> ROUTES =
      new LiveRoutes<>(
          RouteTable.of(
              Route.builder("chat", GuardChain.of(new Limited())).pathPrefix("/chat").build(),
              Route.builder("rest", GuardChain.empty()).build()));

  private static final TestServer server =
      TestServer.start(channel ->
          channel
              .pipeline()
              .addLast(new HttpServerCodec())
              .addLast(
                  GatewayHandler.builder()
                      .guards(GuardSelector.routes(ROUTES, GuardChain.empty()))
                      .build())
              .addLast(new EchoApp()));

  @AfterAll
  static void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/chat/hi", "/chat;x/hi", "/;/chat/hi", "/.;/chat/hi", "/x/..;a=b/chat/hi", "//h/chat/hi",
        "/chat%3bx/hi", "/CHAT/hi", "/chat./hi", "/x\\..\\chat/hi", "http://h/chat/hi",
            "/chat%20/hi"
      })
  void routeOfAnySpelling_isGuarded(String target) throws IOException {
    assertThat(status("GET " + target, "h")).isEqualTo(429);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/hi", "/x;jsessionid=1/hi", "/api/v4/projects/a%2Fb", "/@scope%2fname", "/s(x='a%20b')",
        "/Users", "/dots../a", "/h%C3%A4/\u00c3\u00a4", "/a?x=%2e%2e/chat;|^{}", "http://H:80/x"
      })
  void ordinaryTarget_passes(String target) throws IOException {
    assertThat(status("GET " + target, "h")).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET @evil/p, h
          GET p, h
          GET ?x, h
          GET :80/, h
          GET *, h
          GET /p#frag, h
          GET http2://h/chat/hi, h
          GET http:/chat/hi, h
          GET http://x.example.com/, admin.internal
          GET /\u00e4, h
          GET /, a:b
          GET /, [evil]
          GET /, a%zzb
          """)
  void malformedTargetOrHost_is400(String start, String host) throws IOException {
    assertThat(status(start, host)).isEqualTo(400);
  }

  private static int status(String start, String host) throws IOException {
    try (var client = new RawClient(server.port())) {
      return client.send(start + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").read().status();
    }
  }

  private record Limited() implements Guard {
    @Override
    public String name() {
      return "limited";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.reject(Rejection.builder(429, "limited", "Too Many Requests").build());
    }
  }
}
