// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.edge.json.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the status page and the operations on lines. It has no authentication and is meant for the
 * loopback address and local users. A page of another site in a local browser can neither read the
 * status nor operate a line (see {@link #rejection}).
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final int THREADS = 4;
  private static final List<String> FORMATS = List.of("html", "json", "text", "prometheus");

  private final HttpServer server;
  private final ThreadPoolExecutor executor;
  private final StatusSource source;
  private final LineControls lines;
  private final StatusPage page = new StatusPage();

  private AdminServer(HttpServer server, StatusSource source, LineControls lines) {
    this.server = server;
    this.source = source;
    this.lines = lines;
    var count = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(256),
            task -> {
              var thread = new Thread(task, "admin-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.CallerRunsPolicy());
    server.setExecutor(executor);
    server.createContext("/", this::handle);
  }

  /**
   * Binds a server; connections wait until {@link #start}.
   *
   * @param address the address to bind; port 0 selects any free port
   * @param source supplies the status
   * @param lines the operations on lines
   * @throws IOException if the address cannot be bound
   */
  public static AdminServer bind(InetSocketAddress address, StatusSource source, LineControls lines)
      throws IOException {
    return new AdminServer(HttpServer.create(address, 64), source, lines);
  }

  /** Starts serving. Must be called once. */
  public void start() {
    server.start();
  }

  /** Returns the bound address. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Stops the server and its threads. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String rejection = rejection(exchange);
      if (rejection != null) {
        problem(exchange, 403, "Forbidden", rejection);
        return;
      }
      String path = exchange.getRequestURI().getPath();
      switch (path.split("/", 3)[1]) {
        case "" -> redirect(exchange);
        case "status" -> status(exchange, path);
        case "lines" -> line(exchange, path);
        default -> problem(exchange, 404, "Not Found", "expected: /status");
      }
    } catch (RuntimeException e) {
      log.warn("status page: request failed", e);
      throw e;
    }
  }

  /**
   * Returns the reason for rejecting a request as cross-site, or null if it is accepted.
   *
   * <p>A form of a foreign page reveals its origin in {@code Origin}. DNS rebinding makes the
   * origins equal, but then {@code Host} contains the foreign name: only addresses and {@code
   * localhost} are accepted there. Tools such as curl send no {@code Origin}.
   */
  private static @Nullable String rejection(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (host == null || !isAddress(host)) {
      return "Host: expected an IP address or localhost";
    }
    String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    boolean reads =
        exchange.getRequestMethod().equals("GET") || exchange.getRequestMethod().equals("HEAD");
    if (reads) {
      return null; // without CORS headers, a foreign page cannot read the response
    }
    if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
      return "Origin: expected this page's own";
    }
    return site == null || site.equals("same-origin") || site.equals("none")
        ? null
        : "Sec-Fetch-Site: expected same-origin";
  }

  private static boolean isAddress(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    if (name.toLowerCase(Locale.ROOT).equals("localhost")) {
      return true;
    }
    try {
      boolean bracketed = name.startsWith("[") && name.endsWith("]");
      Cidr.parse(bracketed ? name.substring(1, name.length() - 1) : name);
      return name.indexOf('/') < 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void redirect(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Location", "/status");
    send(exchange, 303, "text/plain", "/status\n"); // the JDK has a wrong reason phrase for 302
  }

  private void status(HttpExchange exchange, String path) throws IOException {
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      notAllowed(exchange, "GET, HEAD");
      return;
    }
    if (!path.equals("/status")) {
      problem(exchange, 404, "Not Found", "expected: /status");
      return;
    }
    String format = format(exchange.getRequestURI().getRawQuery());
    switch (format) {
      case "html" -> {
        StatusPage.Rendered rendered = page.render(source.status());
        exchange
            .getResponseHeaders()
            .set("Content-Security-Policy", rendered.contentSecurityPolicy());
        send(exchange, 200, "text/html", rendered.html());
      }
      case "json" -> send(exchange, 200, "application/json", Json.of(source.status()) + "\n");
      case "text" -> send(exchange, 200, "text/plain", StatusText.of(source.status()));
      case "prometheus" ->
          send(exchange, 200, "text/plain; version=0.0.4", StatusPrometheus.of(source.status()));
      default ->
          problem(
              exchange,
              400,
              "Bad Request",
              "format: expected one of " + String.join(", ", FORMATS));
    }
  }

  private static String format(@Nullable String query) {
    for (String pair : (query == null ? "" : query).split("&", -1)) {
      if (pair.startsWith("format=")) {
        return pair.substring("format=".length());
      }
    }
    return "html";
  }

  private void line(HttpExchange exchange, String path) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      notAllowed(exchange, "POST");
      return;
    }
    String[] parts = path.split("/", -1);
    if (parts.length != 4
        || !lines.names().contains(parts[2])
        || !lines.actions().contains(parts[3])) {
      problem(
          exchange,
          404,
          "Not Found",
          "expected: /lines/{%s}/{%s}"
              .formatted(String.join("|", lines.names()), String.join("|", lines.actions())));
      return;
    }
    log.info("operator: {} line {}", parts[3], parts[2]);
    lines.apply(parts[2], parts[3]);
    send(
        exchange,
        200,
        "application/json",
        Json.of(new TreeMap<>(Map.of("line", parts[2], "action", parts[3]))) + "\n");
  }

  private static void notAllowed(HttpExchange exchange, String allow) throws IOException {
    exchange.getResponseHeaders().set("Allow", allow);
    problem(exchange, 405, "Method Not Allowed", "expected: " + allow);
  }

  private static void problem(HttpExchange exchange, int status, String title, String detail)
      throws IOException {
    var members = new TreeMap<String, Object>();
    members.put("status", status);
    members.put("title", title);
    members.put("detail", detail);
    send(exchange, status, "application/problem+json", Json.of(members) + "\n");
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type.startsWith("text/") ? type + "; charset=utf-8" : type);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
