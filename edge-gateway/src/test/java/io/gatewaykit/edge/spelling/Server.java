// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.edge.process.GatewayProcess;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletContainerInitializer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.awaitility.Awaitility;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Assumptions;

/** The servers, each with its default settings and its common way to map paths. */
enum Server {
  TOMCAT {
    @Override
    Backend start(Path directory) throws Exception {
      var tomcat = new Tomcat();
      tomcat.setBaseDir(directory.toString());
      var connector = new Connector();
      connector.setPort(0);
      connector.setProperty("address", "127.0.0.1");
      tomcat.setConnector(connector);
      Context context = tomcat.addContext("", directory.toString());
      context.addServletContainerInitializer((classes, ctx) -> AreaServlet.addTo(ctx), Set.of());
      tomcat.start();
      return new Backend(
          connector.getLocalPort(),
          () -> {
            tomcat.stop();
            tomcat.destroy();
          });
    }
  },

  JETTY {
    @Override
    Backend start(Path directory) throws Exception {
      var server = new org.eclipse.jetty.server.Server();
      var connector = new ServerConnector(server, 1, 1);
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      var context = new ServletContextHandler("/");
      context.addServletContainerInitializer((classes, ctx) -> AreaServlet.addTo(ctx));
      server.setHandler(context);
      server.start();
      return new Backend(connector.getLocalPort(), server::stop);
    }
  },

  UNDERTOW {
    @Override
    Backend start(Path directory) {
      PathHandler paths = Handlers.path(area("rest"));
      for (String area : Backend.AREAS) {
        paths.addPrefixPath("/" + area, area(area));
      }
      return undertow(paths);
    }

    private HttpHandler area(String name) {
      return exchange ->
          exchange.getResponseSender().send(Backend.MARK + name + " " + exchange.getRelativePath());
    }
  },

  UNDERTOW_SERVLET {
    @Override
    Backend start(Path directory) throws Exception {
      ServletContainerInitializer initializer = (classes, ctx) -> AreaServlet.addTo(ctx);
      DeploymentInfo deployment =
          Servlets.deployment()
              .setClassLoader(Server.class.getClassLoader())
              .setContextPath("/")
              .setDeploymentName("areas")
              .addServletContainerInitializer(
                  new ServletContainerInitializerInfo(
                      initializer.getClass(),
                      new ImmediateInstanceFactory<>(initializer),
                      Set.of()));
      DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
      manager.deploy();
      return undertow(manager.start());
    }
  },

  /**
   * Contexts are prefixes of the decoded text instead of segments: {@code /chatter} is served by
   * {@code /chat}. That is another path, not another spelling, so names that continue with a
   * visible character belong to the rest.
   */
  JDK {
    private static final Pattern SAME =
        Pattern.compile(
            "/(chat|admin|static)[\\p{Cntrl}\\s.\u00a0]*([/;?#\\\\\u0000].*)?", Pattern.DOTALL);

    @Override
    Backend start(Path directory) throws IOException {
      HttpServer server = HttpServer.create(loopback(0), 64);
      ExecutorService threads = Executors.newFixedThreadPool(2);
      server.setExecutor(threads);
      for (String area : new String[] {"chat", "admin", "static", "rest"}) {
        server.createContext(
            area.equals("rest") ? "/" : "/" + area,
            exchange -> {
              String path = exchange.getRequestURI().getPath();
              String found = SAME.matcher(path).matches() ? area : "rest";
              byte[] body = (Backend.MARK + found + " " + path).getBytes(UTF_8);
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
              exchange.close();
            });
      }
      server.start();
      return new Backend(
          server.getAddress().getPort(),
          () -> {
            server.stop(0);
            threads.shutdownNow();
          });
    }
  },

  NGINX {
    @Override
    Backend start(Path directory) throws IOException {
      requireProgram("/usr/sbin/nginx", "nginx-light");
      int port = GatewayProcess.freePort();
      var locations = new StringBuilder();
      for (String area : Backend.AREAS) {
        locations.append(
            """
            location = /%1$s { return 200 "area=%1$s $uri"; }
            location /%1$s/ { return 200 "area=%1$s $uri"; }
            """
                .formatted(area));
      }
      Path file = directory.resolve("nginx.conf");
      Files.writeString(
          file,
          """
          worker_processes 1; daemon off; pid nginx.pid; error_log nginx-error.log;
          events { worker_connections 256; }
          http { access_log off; default_type text/plain;
            server { listen 127.0.0.1:%d;
              %s
              location / { return 200 "area=rest $uri"; } } }
          """
              .formatted(port, locations));
      return program(
          List.of("/usr/sbin/nginx", "-p", directory + "/", "-c", file.toString()),
          port,
          directory);
    }
  },

  /** Paths as parsed by {@code new URL()}, compared case-insensitively as in Express. */
  NODE {
    @Override
    Backend start(Path directory) throws IOException {
      return node(directory, "new URL(q.url, 'http://h').pathname", "i");
    }
  },

  /** Paths as received. */
  NODE_RAW {
    @Override
    Backend start(Path directory) throws IOException {
      return node(directory, "q.url.split('?')[0]", "");
    }
  },

  /** Paths as parsed by {@code new URL()}, decoded once. */
  NODE_DECODED {
    @Override
    Backend start(Path directory) throws IOException {
      return node(directory, "decodeURIComponent(new URL(q.url, 'http://h').pathname)", "");
    }
  };

  abstract Backend start(Path directory) throws Exception;

  /** Returns the name in the table of docs/http-semantics.md. */
  String documentedName() {
    return switch (this) {
      case TOMCAT -> "Tomcat";
      case JETTY -> "Jetty";
      case UNDERTOW -> "Undertow";
      case UNDERTOW_SERVLET -> "Undertow servlets";
      case JDK -> "JDK";
      case NGINX -> "nginx";
      case NODE -> "Node URL";
      case NODE_RAW -> "Node raw";
      case NODE_DECODED -> "Node decoded";
    };
  }

  private static Backend undertow(HttpHandler handler) {
    Undertow server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(4)
            .setHandler(handler)
            .build();
    server.start();
    var address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    return new Backend(address.getPort(), server::stop);
  }

  private static Backend node(Path directory, String path, String flags) throws IOException {
    requireProgram("/usr/bin/node", "nodejs");
    int port = GatewayProcess.freePort();
    Path file = directory.resolve("server.js");
    Files.writeString(
        file,
        """
        require('http').createServer((q, r) => {
          let p;
          try { p = %s; } catch (e) { r.writeHead(400); r.end(); return; }
          const a = /^\\/(chat|admin|static)(\\/|$)/%s.exec(p);
          r.end('area=' + (a ? a[1].toLowerCase() : 'rest') + ' ' + q.url);
        }).listen(%d, '127.0.0.1');
        """
            .formatted(path, flags, port));
    return program(List.of("/usr/bin/node", file.toString()), port, directory);
  }

  private static void requireProgram(String program, String debianPackage) {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of(program)),
        program + " is missing: install the Debian package " + debianPackage);
  }

  private static Backend program(List<String> command, int port, Path directory)
      throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output.log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> isListening(port) || !process.isAlive());
    if (!process.isAlive()) {
      throw new IOException(
          command.get(0) + " ended: " + Files.readString(directory.resolve("output.log")));
    }
    return new Backend(
        port,
        () -> {
          process.destroy();
          process.onExit().join();
        });
  }

  private static boolean isListening(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
