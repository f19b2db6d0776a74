// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package consumer.servlet;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A servlet application behind a rate limit per client. */
public final class Main {
  /** The application, which is independent of GatewayKit. */
  static final class Hello extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print("hello");
    }
  }

  public static void main(String[] args) throws Exception {
    var perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(1).burst(1).nodelay())
            .build();
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    var context = new ServletContextHandler("/");
    try (var filter =
        GatewayFilter.of(GuardChain.of(RateLimitGuard.builder("client", perClient).build()))) {
      var holder = new FilterHolder(filter);
      holder.setAsyncSupported(true);
      context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
      context.addServlet(new ServletHolder(new Hello()), "/*");
      server.setHandler(context);
      server.start();
      var client = HttpClient.newHttpClient();
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/"))
              .build();
      for (int expected : new int[] {200, 200, 429}) {
        int status = client.send(request, BodyHandlers.ofString()).statusCode();
        if (status != expected) {
          throw new AssertionError(status + " (expected: " + expected + ")");
        }
      }
      System.out.println("servlet: ok");
    } finally {
      server.stop();
    }
  }
}
