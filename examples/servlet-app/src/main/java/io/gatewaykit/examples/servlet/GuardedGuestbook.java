// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.servlet;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.examples.guestbook.Guestbook;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;

/** Runs the existing application behind a rate limit per client and a firewall. */
public final class GuardedGuestbook implements AutoCloseable {
  private final Server server;

  private GuardedGuestbook(int port, boolean guarded) throws Exception {
    server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    var context = new ServletContextHandler();
    context.addServletContainerInitializer((classes, servlets) -> {
      if (guarded) {
        addGuards(servlets);
      }
      new Guestbook().addTo(servlets);
    });
    server.setHandler(context);
    server.start();
  }

  /** Everything that has to be added to the application. */
  private static void addGuards(ServletContext context) {
    var perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(5).burst(5).nodelay())
            .build();
    GuardChain guards =
        GuardChain.of(
            RateLimitGuard.builder("client", perClient).build(),
            WafGuard.builder(Waf.builder().build()).build());
    FilterRegistration.Dynamic gateway = context.addFilter("gateway", GatewayFilter.of(guards));
    gateway.setAsyncSupported(true);
    gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
  }

  /** Starts the application with or without guards; port 0 selects a free one. */
  static GuardedGuestbook start(int port, boolean guarded) throws Exception {
    return new GuardedGuestbook(port, guarded);
  }

  int port() {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  @Override
  public void close() {
    LifeCycle.stop(server);
  }

  /** Runs until the process is stopped. */
  public static void main(String[] args) throws Exception {
    try (var guestbook = start(args.length == 0 ? 8080 : Integer.parseInt(args[0]), true)) {
      System.out.println("http://localhost:" + guestbook.port() + "/entries");
      guestbook.server.join();
    }
  }
}
