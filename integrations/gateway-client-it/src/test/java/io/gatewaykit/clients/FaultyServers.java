// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Servers on the loopback address, each with one kind of fault. */
final class FaultyServers implements AutoCloseable {
  private static final int SSL_REQUEST_BYTES = 8;
  private static final String HALF_A_RESPONSE =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nabc";

  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private final List<ServerSocket> servers = new ArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();

  /** The behaviour of a server after the first byte of a connection. */
  private interface Behaviour {
    void serve(Socket socket) throws IOException;
  }

  /** A port that refuses connections. */
  int refused() throws IOException {
    try (var socket = new ServerSocket(0, 1, loopback)) {
      return socket.getLocalPort();
    }
  }

  /** A server that accepts no more connections, because its backlog is full. */
  int full() throws IOException {
    var server = new ServerSocket(0, 1, loopback);
    servers.add(server);
    for (int i = 0; i < 4; i++) {
      var socket = new Socket();
      sockets.add(socket);
      try {
        socket.connect(new InetSocketAddress(loopback, server.getLocalPort()), 200);
      } catch (IOException e) {
        break; // full
      }
    }
    return server.getLocalPort();
  }

  /** A server that receives requests and sends nothing; counts down when it has received one. */
  int silent(CountDownLatch received) throws IOException {
    return start(new ServerSocket(0, 100, loopback), socket -> received.countDown());
  }

  int resetBeforeResponse() throws IOException {
    return start(new ServerSocket(0, 100, loopback), FaultyServers::reset);
  }

  int resetWithinResponse() throws IOException {
    return start(
        new ServerSocket(0, 100, loopback),
        socket -> {
          socket.getOutputStream().write(HALF_A_RESPONSE.getBytes(StandardCharsets.US_ASCII));
          socket.getOutputStream().flush();
          socket.setSoTimeout(50); // time for the client to read before the reset discards it
          try {
            while (socket.getInputStream().read() >= 0) {}
          } catch (IOException e) {
            reset(socket);
          }
        });
  }

  /** A TLS server with a certificate that no client trusts. */
  int untrusted(Path folder) throws Exception {
    SSLContext context = untrustedContext(folder);
    return start(
        context.getServerSocketFactory().createServerSocket(0, 100, loopback), socket -> {});
  }

  /** The same after PostgreSQL's request for TLS, which it accepts. */
  int untrustedPostgres(Path folder) throws Exception {
    SSLContext context = untrustedContext(folder);
    return start(
        new ServerSocket(0, 100, loopback),
        socket -> {
          byte[] rest = socket.getInputStream().readNBytes(SSL_REQUEST_BYTES - 1);
          socket.getOutputStream().write(rest.length == SSL_REQUEST_BYTES - 1 ? 'S' : 'N');
          var tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, -1, true);
          tls.setUseClientMode(false);
          tls.startHandshake();
        });
  }

  private static SSLContext untrustedContext(Path folder) throws Exception {
    Path file = folder.resolve("untrusted.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                "EC",
                "-validity",
                "30",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed");
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, "changeit".toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private int start(ServerSocket server, Behaviour behaviour) {
    servers.add(server);
    Thread acceptor =
        new Thread(() -> accept(server, behaviour), "faulty-" + server.getLocalPort());
    acceptor.setDaemon(true);
    acceptor.start();
    return server.getLocalPort();
  }

  private void accept(ServerSocket server, Behaviour behaviour) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        synchronized (sockets) {
          sockets.add(socket);
        }
        Thread worker = new Thread(() -> serve(socket, behaviour));
        worker.setDaemon(true);
        worker.start();
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void serve(Socket socket, Behaviour behaviour) {
    try {
      if (socket.getInputStream().read() >= 0) {
        behaviour.serve(socket);
      }
    } catch (IOException e) {
      // the client has ended it
    }
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
    synchronized (sockets) {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
