// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RecordingGuard;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The application's view of the client that the guards have resolved. */
class ResolvedClientTest {
  /** Answers with the resolved client and the request's own addresses, of each pass. */
  private static final class Client extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if ("/dispatch".equals(request.getPathInfo())) {
        request.startAsync().dispatch("/");
        return;
      }
      Optional<GatewayRequest> seen = GatewayFilter.request(request);
      String client = seen.map(r -> r.client().address().getHostAddress()).orElse("unknown");
      response
          .getOutputStream()
          .print(client + " " + request.getRemoteAddr() + " " + request.getRemoteHost());
    }
  }

  private static TckServer start(Container container, boolean rewrite, String mapping)
      throws Exception {
    GatewayFilter filter =
        GatewayFilter.builder()
            .guards(GuardChain.of(RecordingGuard.answering(Verdict.delayNanos(1_000_000))))
            .clientAddress(
                ClientAddressResolver.builder()
                    .header(ForwardingHeader.X_FORWARDED_FOR)
                    .trustedProxies("127.0.0.0/8")
                    .build())
            .rewriteRemoteAddress(rewrite)
            .build();
    return container.start(context -> {
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
      gateway.setAsyncSupported(true);
      gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, mapping);
      ServletRegistration.Dynamic servlet = context.addServlet("client", new Client());
      servlet.setAsyncSupported(true);
      servlet.addMapping("/*");
    });
  }

  private static String get(TckServer server, String path, String forwarded) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      String fields = forwarded.isEmpty() ? "" : "X-Forwarded-For: " + forwarded + "\r\n";
      return client
          .send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n")
          .read()
          .body();
    }
  }

  @ParameterizedTest
  @EnumSource
  void application_receivesTheResolvedClient(Container container) throws Exception {
    try (TckServer server = start(container, false, "/*")) {
      for (String path : new String[] {"/", "/dispatch"}) {
        assertThat(get(server, path, "1.2.3.4, 203.0.113.7")).startsWith("203.0.113.7 127.0.0.1 ");
      }
    }
    try (TckServer server = start(container, false, "/guarded/*")) {
      assertThat(get(server, "/", "203.0.113.7")).startsWith("unknown 127.0.0.1 ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void remoteAddress_canBeRewritten(Container container) throws Exception {
    try (TckServer server = start(container, true, "/*")) {
      for (String path : new String[] {"/", "/dispatch"}) {
        assertThat(get(server, path, "203.0.113.7"))
            .isEqualTo("203.0.113.7 203.0.113.7 203.0.113.7");
        assertThat(get(server, path, "2001:db8::1"))
            .isEqualTo("2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:1");
        assertThat(get(server, path, "")).startsWith("127.0.0.1 127.0.0.1 ");
      }
    }
  }
}
