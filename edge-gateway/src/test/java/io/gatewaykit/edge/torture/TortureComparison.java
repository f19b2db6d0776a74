// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.edge.EdgeGateway;
import io.gatewaykit.edge.config.ConfigFile;
import io.gatewaykit.edge.process.GatewayProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;

/**
 * Sends the suite through the gateway and through nginx, and through the gateway to servers with
 * parsers of their own. Prints the number of failed cases. Requires {@code nginx} and {@code
 * nodejs}.
 */
public final class TortureComparison implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 3000;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Path folder;

  TortureComparison(Path folder) {
    this.folder = folder;
  }

  /** Prints the table to standard output, and each failed case to standard error. */
  public static void main(String[] groups) throws Exception {
    try (var comparison = new TortureComparison(Files.createTempDirectory("torture"))) {
      comparison.run(groups, System.out, System.err);
    }
  }

  private void run(String[] groups, PrintStream table, PrintStream failures) throws Exception {
    var recorder = new Recorder();
    open.add(recorder);
    var gateway = new TortureRunner(gateway(port(recorder)), recorder, PATIENCE_MILLIS);
    var nginx = new TortureRunner(nginx(proxying(port(recorder))), recorder, PATIENCE_MILLIS);
    var upgrading = new TortureRunner(nginx(upgrading(port(recorder))), recorder, PATIENCE_MILLIS);
    TortureRunner toNginx = before(Server.NGINX, PATIENCE_MILLIS);
    TortureRunner toNode = before(Server.NODE, PATIENCE_MILLIS);
    TortureRunner toJdk = before(Server.JDK, PATIENCE_MILLIS);
    table.println("| group | cases | gateway | nginx | to nginx | to Node | to Java |");
    table.println("|---|--:|--:|--:|--:|--:|--:|");
    List<String> all = TortureCase.GROUPS.keySet().stream().sorted().toList();
    for (String group : groups.length == 0 ? all : List.of(groups)) {
      List<TortureCase> cases = TortureCase.sample(group);
      boolean scripted = isScripted(group);
      table.printf("| %s | %d", group, cases.size());
      count(table, failures, "gateway", cases, gateway::run);
      count(table, failures, "nginx", cases, (group.equals("upgrades") ? upgrading : nginx)::run);
      if (scripted) {
        table.print(" | | | ");
      } else {
        count(table, failures, "to nginx", cases, toNginx::runBeforeServer);
        count(table, failures, "to Node", cases, toNode::runBeforeServer);
        count(table, failures, "to Java", cases, toJdk::runBeforeServer);
      }
      table.println(" |");
    }
  }

  /** A server behind the gateway, with a parser of its own. */
  enum Server {
    NGINX,
    NODE,
    JDK
  }

  /** Starts a server, and returns the runner of cases through the gateway to it. */
  TortureRunner before(Server server, int patienceMillis) throws Exception {
    int port =
        switch (server) {
          case NGINX -> nginx(answering()).getPort();
          case NODE -> node();
          case JDK -> jdk();
        };
    var none = new Recorder();
    open.add(none);
    return new TortureRunner(gateway(port), none, patienceMillis);
  }

  /** Returns whether the cases of a group are about the responses of a server. */
  static boolean isScripted(String group) {
    return group.equals("responses") || group.equals("upgrades");
  }

  private interface Run {
    List<String> of(TortureCase test) throws IOException;
  }

  private static void count(
      PrintStream table, PrintStream failures, String by, List<TortureCase> cases, Run run)
      throws IOException {
    int failed = 0;
    for (TortureCase test : cases) {
      List<String> problems = run.of(test);
      if (!problems.isEmpty()) {
        failed++;
        failures.println(by + ": " + test + ": " + problems);
      }
    }
    table.print(" | " + failed);
    table.flush();
  }

  private static int port(Recorder recorder) {
    return recorder.address().getPort();
  }

  private InetSocketAddress gateway(int server) throws Exception {
    Path file = folder.resolve("edge-" + server + ".yaml");
    Files.writeString(file, TortureTest.config(server));
    try (var config = new ConfigFile(file)) {
      EdgeGateway gateway = EdgeGateway.start(config.load(), "torture", 1);
      open.add(gateway);
      return gateway.address();
    }
  }

  private static String proxying(int server) {
    return """
    upstream only { server 127.0.0.1:%d max_fails=0; keepalive 16; }
    server {
      listen 127.0.0.1:LISTEN;
      location / {
        proxy_pass http://only;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
      }
    }
    """
        .formatted(server);
  }

  private static String upgrading(int server) {
    return """
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    """
        + proxying(server)
            .replace(
                "proxy_set_header Connection \"\";",
                "proxy_set_header Connection $connection_upgrade;"
                    + " proxy_set_header Upgrade $http_upgrade;");
  }

  private static String answering() {
    return """
    server {
      listen 127.0.0.1:LISTEN;
      location / { return 200 "echo $request_method $request_uri"; }
    }
    """;
  }

  private InetSocketAddress nginx(String servers) throws IOException {
    int port = GatewayProcess.freePort();
    Path file = folder.resolve("nginx-" + port + ".conf");
    Files.writeString(
        file,
        """
        daemon off; worker_processes 1; pid %1$s/%2$d.pid; error_log /dev/null;
        events { worker_connections 512; }
        http { access_log off; client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
        %3$s }
        """
            .formatted(folder, port, servers.replace("LISTEN", Integer.toString(port))));
    program(List.of("nginx", "-c", file.toString(), "-e", "/dev/null"), port);
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private int node() throws IOException {
    int port = GatewayProcess.freePort();
    String script =
        "require('http').createServer((q, r) => { q.resume(); q.on('end', () => {"
            + " const b = 'echo ' + q.method + ' ' + q.url;"
            + " r.setHeader('content-length', b.length); r.end(b) }) }).listen("
            + port
            + ", '127.0.0.1')";
    program(List.of("node", "-e", script), port);
    return port;
  }

  private int jdk() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    var threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] body =
              ("echo " + exchange.getRequestMethod() + " " + exchange.getRequestURI())
                  .getBytes(StandardCharsets.ISO_8859_1);
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(200, head ? -1 : body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(head ? new byte[0] : body);
          }
        });
    server.start();
    open.add(() -> {
      server.stop(0);
      threads.shutdownNow();
    });
    return server.getAddress().getPort();
  }

  private void program(List<String> command, int port) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(port + ".log").toFile())
            .start();
    open.add(process::destroy);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException notYet) {
            return false;
          }
        });
  }

  @Override
  @SuppressWarnings("IllegalCatch") // the exceptions of the parts are not known here
  public void close() throws IOException {
    for (AutoCloseable part : open) {
      try {
        part.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
