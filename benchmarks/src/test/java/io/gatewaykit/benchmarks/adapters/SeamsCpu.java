// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.adapters;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/**
 * Prints the CPU time per request in ns. {@code bare} is Tomcat alone, {@code limit} adds the
 * filter with one limit, and {@code routes} the filter with a table of routes with limits; only the
 * threads of Tomcat are counted. {@code match} is the table alone. Calls only methods that older
 * versions of the modules have, so that two versions can be compared: see seams-cpu.sh.
 */
final class SeamsCpu {
  private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.US_ASCII);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int MATCHES_PER_REQUEST = 100;

  /** Ordinary targets; one in six has an escape. */
  private static final List<String> TARGETS =
      List.of(
          "/api/users/42?fields=name,mail",
          "/static/app.3f2a1b.js",
          "/chat/room/1/messages?after=100",
          "/login",
          "/files/annual%20report.pdf",
          "/");

  private SeamsCpu() {}

  /** Measures {@code KIND REQUESTS}. */
  public static void main(String[] arguments) throws Exception {
    String kind = arguments[0];
    int requests = Integer.parseInt(arguments[1]);
    System.out.println(kind.equals("match") ? match(requests) : tomcat(kind, requests));
    System.exit(0); // Tomcat's threads
  }

  private static RouteTable<GuardChain> table() {
    var routes = new ArrayList<Route<GuardChain>>();
    for (String area : List.of("chat", "admin", "api", "files", "static", "graphql")) {
      routes.add(Route.builder(area, limit()).priority(1).pathPrefix("/" + area).build());
    }
    routes.add(Route.builder("login", limit()).priority(2).path("/login").methods("POST").build());
    routes.add(Route.builder("rest", limit()).build());
    return RouteTable.of(routes);
  }

  private static GuardChain limit() {
    var bucket =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(100_000_000).burst(100_000_000).nodelay())
            .build();
    return GuardChain.of(RateLimitGuard.builder("limit", bucket).build());
  }

  /** Each match uses a new request, because requests cache the readings of their paths. */
  private static long match(int requests) {
    RouteTable<GuardChain> table = table();
    int rounds = requests * MATCHES_PER_REQUEST;
    long found = matches(table, rounds); // warm-up
    long before = THREADS.getCurrentThreadCpuTime();
    found += matches(table, rounds);
    long used = THREADS.getCurrentThreadCpuTime() - before;
    if (found != 2L * rounds) {
      throw new IllegalStateException("routes found: " + found);
    }
    return used / rounds;
  }

  private static long matches(RouteTable<GuardChain> table, int rounds) {
    long found = 0;
    for (int i = 0; i < rounds; i++) {
      String target = TARGETS.get(i % TARGETS.size());
      found += table.match(RequestHead.builder("GET", target).build()) == null ? 0 : 1;
    }
    return found;
  }

  private static GuardSelector selector(String kind) {
    if (kind.equals("limit")) {
      GuardChain chain = limit();
      return request -> chain;
    }
    RouteTable<GuardChain> table = table();
    return request -> {
      Route<GuardChain> route = table.match(request);
      return route == null ? GuardChain.empty() : route.target();
    };
  }

  private static long tomcat(String kind, int requests) throws Exception {
    Path base = Files.createTempDirectory("seams-cpu");
    var tomcat = new Tomcat();
    tomcat.setBaseDir(base.toString());
    var connector = new Connector();
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("maxThreads", "2");
    connector.setProperty("maxKeepAliveRequests", "-1");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", base.toString());
    context.addServletContainerInitializer(
        (classes, servlets) -> {
          if (!kind.equals("bare")) {
            var filter =
                servlets.addFilter(
                    "gateway", GatewayFilter.builder().guards(selector(kind)).build());
            filter.setAsyncSupported(true);
            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          }
          servlets.addServlet("hello", new Hello()).addMapping("/*");
        },
        Set.of());
    tomcat.start();
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
      socket.setTcpNoDelay(true);
      send(socket, requests); // warm-up
      long before = cpuOfTomcat();
      send(socket, requests);
      return (cpuOfTomcat() - before) / requests;
    }
  }

  private static long cpuOfTomcat() {
    long sum = 0;
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("http-nio-")) {
        sum += THREADS.getThreadCpuTime(thread.getThreadId());
      }
    }
    return sum;
  }

  private static void send(Socket socket, int requests) throws IOException {
    byte[] buffer = new byte[8192];
    InputStream in = socket.getInputStream();
    for (int i = 0; i < requests; i++) {
      String target = TARGETS.get(i % TARGETS.size());
      String head = "GET " + target + " HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      int length = 0;
      while (length < HELLO.length || buffer[length - 1] != '\n' || buffer[length - 2] != 'o') {
        int count = in.read(buffer, length, buffer.length - length);
        if (count < 0) {
          throw new EOFException(target);
        }
        length += count;
      }
    }
  }

  @SuppressWarnings("serial") // is never serialized
  private static final class Hello extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentLength(HELLO.length);
      response.getOutputStream().write(HELLO);
    }
  }
}
