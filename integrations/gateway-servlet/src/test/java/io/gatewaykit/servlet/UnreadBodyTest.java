// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rejection that is sent before the body of its request arrives. */
@Timeout(60)
class UnreadBodyTest {
  private static final Verdict REJECTED =
      Verdict.reject(Rejection.builder(403, "test", "Forbidden").build());

  /** Larger than the response buffer of any container. */
  private static final String LARGE = "a".repeat(100_000);

  private record Rejecting(boolean pending) implements Guard {
    @Override
    public String name() {
      return "rejecting";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return pending ? Verdict.pending(CompletableFuture.supplyAsync(() -> REJECTED)) : REJECTED;
    }
  }

  private static TckServer start(Container container, GatewayFilter filter) throws Exception {
    return container.start(
        context -> {
          FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
          gateway.setAsyncSupported(true);
          gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          context.addServlet("application", new GreedyServlet()).setAsyncSupported(true);
          requireNonNull(context.getServletRegistration("application")).addMapping("/*");
        },
        true);
  }

  /** Each kind of rejection, sent by the thread of the request and, if parked, by another one. */
  @ParameterizedTest
  @EnumSource
  void connection_isAnnouncedToClose_orServesTheNextRequest(Container container) throws Exception {
    for (RejectionHandler rejections :
        List.of(
            RejectionHandler.rendering(RejectionRenderer.problemJson()),
            RejectionHandler.rendering(
                (request, rejection) -> new RejectionRenderer.Response(403, List.of(), LARGE)),
            RejectionHandler.sendingError())) {
      for (boolean pending : new boolean[] {false, true}) {
        for (boolean parking : new boolean[] {false, true}) {
          GatewayFilter filter =
              GatewayFilter.builder()
                  .guards(GuardChain.of(new Rejecting(pending)))
                  .rejections(rejections)
                  .parking(parking)
                  .build();
          try (TckServer server = start(container, filter)) {
            assertUsableOrAnnounced(server, "Content-Length: 3\r\n\r\n", "a=1");
            assertUsableOrAnnounced(
                server, "Transfer-Encoding: chunked\r\n\r\n", "3\r\na=1\r\n0\r\n\r\n");
          }
        }
      }
    }
  }

  private static void assertUsableOrAnnounced(TckServer server, String framing, String body)
      throws IOException {
    try (var client = new RawClient(server.port())) {
      RawResponse rejected = client.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing).read();
      assertThat(rejected.status()).isEqualTo(403);
      if (!rejected.header("Connection").toLowerCase(Locale.ROOT).equals("close")) {
        RawResponse next = client.send(body + "GET / HTTP/1.1\r\nHost: h\r\n\r\n").read();
        assertThat(next.status()).isEqualTo(403);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void head_withoutBody_andOldVersion_haveALength(Container container) throws Exception {
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(new Rejecting(false)));
    try (TckServer server = start(container, filter);
        var client = new RawClient(server.port())) {
      RawResponse head = client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").readBodiless();
      RawResponse get = client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").read();
      assertThat(get.header("Content-Length")).isEqualTo(head.header("Content-Length"));
      assertThat(get.body()).contains("Forbidden");
      RawResponse old = client.send("GET / HTTP/1.0\r\n\r\n").read();
      assertThat(old.body()).isEqualTo(get.body());
    }
  }
}
