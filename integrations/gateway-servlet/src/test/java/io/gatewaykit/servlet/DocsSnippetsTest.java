// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.tck.RecordingGuard;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/** The snippet of docs/servlet.md, line by line. */
class DocsSnippetsTest {
  private static void register(ServletContext context, Guard guard) {
    // snippet
    var filter = GatewayFilter.of(GuardChain.of(guard));
    FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
    gateway.setAsyncSupported(true);
    gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
    // end
  }

  @Test
  void snippet_compilesAndGuards() throws Exception {
    var guard = RecordingGuard.answering(Verdict.delayNanos(1_000_000));
    var server = new Server();
    var connector = new ServerConnector(server);
    server.addConnector(connector);
    var handler = new ServletContextHandler("/");
    handler.addServlet(new HttpServlet() {}, "/*").setAsyncSupported(true);
    handler.addServletContainerInitializer((classes, context) -> register(context, guard));
    server.setHandler(handler);
    server.start();
    try {
      URI uri = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/");
      int status =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
              .statusCode();
      assertThat(status).isEqualTo(405); // of the bare servlet, after the delay
      assertThat(guard.seen()).contains("head GET /");
    } finally {
      server.stop();
    }
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/servlet/DocsSnippetsTest.java"));
    String snippet =
        source.substring(source.indexOf("// snippet\n") + 11, source.indexOf("    // end\n"));
    assertThat(Files.readString(Path.of("../../docs/servlet.md")))
        .contains(snippet.indent(-4).stripTrailing());
  }
}
