// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.RecordingGuard;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.http.HttpServlet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A filter that a container creates from a deployment descriptor. */
class FilterParametersTest {
  /** Rejects all requests, with the client in the detail. */
  public static final class Closed implements GuardSelector {
    @Override
    public GuardChain select(GatewayRequest request) {
      String client = request.client().network().getHostAddress();
      return GuardChain.of(
          RecordingGuard.answering(
              Verdict.reject(Rejection.builder(429, "closed", "Closed").detail(client).build())));
    }
  }

  private static TckServer start(Container container, Map<String, String> parameters, Object guards)
      throws Exception {
    return container.start(context -> {
      context.setAttribute(GatewayFilter.GUARDS_ATTRIBUTE, guards);
      context.setAttribute("other", GuardChain.empty());
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", GatewayFilter.class);
      gateway.setAsyncSupported(true);
      gateway.setInitParameters(parameters);
      gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
      context.addServlet("none", new HttpServlet() {}).addMapping("/*");
    });
  }

  private static RawResponse get(TckServer server) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      return client
          .send("GET / HTTP/1.1\r\nHost: h\r\nForwarded: for=\"[2001:db8::1]\"\r\n\r\n")
          .read();
    }
  }

  @ParameterizedTest
  @EnumSource
  void guardsOfTheContext_guard(Container container) throws Exception {
    for (Object guards : new Object[] {new Closed(), new Closed().select(unknown())}) {
      try (TckServer server = start(container, Map.of(), guards)) {
        assertThat(get(server).status()).isEqualTo(429);
      }
    }
    Map<String, String> other = Map.of("guards-attribute", "other");
    try (TckServer server = start(container, other, new Closed())) {
      assertThat(get(server).status()).isEqualTo(405); // of the bare servlet
    }
  }

  private static GatewayRequest unknown() {
    return RequestHead.builder("GET", "/").build();
  }

  @ParameterizedTest
  @EnumSource
  void allParameters_areTaken(Container container) throws Exception {
    var parameters = new HashMap<String, String>();
    parameters.put("guards", Closed.class.getName());
    parameters.put("client-address.header", "forwarded");
    parameters.put("client-address.trusted-proxies", "127.0.0.0/8, ::1/128");
    parameters.put("client-address.trusted-hops", "1");
    parameters.put("client-address.ipv6-prefix", "32");
    parameters.put("max-waiting", "50");
    parameters.put("max-waiting-threads", "5");
    parameters.put("parking", "true");
    parameters.put("rewrite-remote-address", "true");
    try (TckServer server = start(container, parameters, "nothing")) {
      assertThat(get(server).body()).contains("\"detail\":\"2001:db8:0:0:0:0:0:0\"");
    }
    parameters.put("rejections", "send-error");
    try (TckServer server = start(container, parameters, "nothing")) {
      assertThat(get(server).header("Content-Type")).doesNotContain("problem");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "guard|x|init-param guard (expected: one of [",
        "guards|no.such.Class|init-param guards: no.such.Class (expected: a class that implements",
        "guards|java.lang.String|init-param guards: java.lang.String (expected: a class that",
        "guards-attribute|none|servlet context attribute none: nothing (expected: a GuardSelector",
        "client-address.header|via|init-param client-address.header: via (expected: one of [",
        "client-address.trusted-hops|17|init-param client-address.trusted-hops: 17 (expected: 0..16)",
        "client-address.trusted-proxies|10.0.0.0/99|client-address",
        "client-address.ipv6-prefix|none|init-param client-address.ipv6-prefix: none (expected: 1",
        "rejections|log|init-param rejections: log (expected: one of [",
        "max-waiting|0|init-param max-waiting: 0 (expected: 1",
        "max-waiting-threads|x|init-param max-waiting-threads: x (expected: 1",
        "parking|yes|init-param parking: yes (expected: one of [false, true])",
        "rewrite-remote-address|1|init-param rewrite-remote-address: 1 (expected: one of [",
      })
  void invalidParameter_isNamed(String name, String value, String message) {
    assertThatThrownBy(() -> start(Container.JETTY, Map.of(name, value), new Closed()).close())
        .hasStackTraceContaining(message);
  }
}
