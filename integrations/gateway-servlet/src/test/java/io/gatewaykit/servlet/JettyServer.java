package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import java.net.URI;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A Jetty with the filter before one servlet. */
final class JettyServer implements AutoCloseable {
  private final Server server;
  private final ServerConnector connector;

  JettyServer(GatewayFilter filter, Servlet servlet, int threads) throws Exception {
    server = new Server(new QueuedThreadPool(threads, threads));
    connector = new ServerConnector(server, 1, 1);
    server.addConnector(connector);
    var context = new ServletContextHandler("/");
    var filterHolder = new FilterHolder(filter);
    filterHolder.setAsyncSupported(true);
    context.addFilter(filterHolder, "/*", EnumSet.allOf(DispatcherType.class));
    var holder = new ServletHolder(servlet);
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/*");
    server.setHandler(context);
    server.start();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + connector.getLocalPort() + path);
  }

  @Override
  public void close() {
    LifeCycle.stop(server);
  }
}
