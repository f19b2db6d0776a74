// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rejection that is sent before the body of its request arrives. */
@Timeout(60)
class UnreadBodyTest {
  private static final Verdict REJECTED =
      Verdict.reject(Rejection.builder(403, "test", "Forbidden").build());

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

  @ParameterizedTest
  @CsvSource({
    "JETTY, false",
    "JETTY, true",
    "TOMCAT, false",
    "TOMCAT, true",
    "UNDERTOW, false",
    "UNDERTOW, true"
  })
  void connection_isAnnouncedToClose_orServesTheNextRequest(Container container, boolean pending)
      throws Exception {
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(new Rejecting(pending)));
    try (TckServer server =
            container.start(
                context -> {
                  FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
                  gateway.setAsyncSupported(true);
                  gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                  context.addServlet("application", new GreedyServlet()).addMapping("/*");
                },
                true);
        var client = new RawClient(server.port())) {
      RawResponse rejected =
          client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n").read();
      assertThat(rejected.status()).isEqualTo(403);
      if (!rejected.header("Connection").toLowerCase(Locale.ROOT).equals("close")) {
        RawResponse next = client.send("a=1GET / HTTP/1.1\r\nHost: h\r\n\r\n").read();
        assertThat(next.status()).isEqualTo(403);
      }
    }
  }
}
