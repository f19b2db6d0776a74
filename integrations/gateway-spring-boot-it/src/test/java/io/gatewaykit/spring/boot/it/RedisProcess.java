// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** A Redis server on a free port of the loopback address. */
final class RedisProcess implements AutoCloseable {
  private static final Path EXECUTABLE = Path.of("/usr/bin/redis-server");
  private static final int ATTEMPTS = 5;

  private final Process process;
  private final int port;

  private RedisProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts a server, or skips the test if it is not installed. */
  static RedisProcess start() throws IOException {
    Assumptions.assumeTrue(
        Files.isExecutable(EXECUTABLE), "needs Debian's package redis-server (" + EXECUTABLE + ")");
    for (int i = 0; i < ATTEMPTS; i++) { // another process can take the port first
      int port = freePort();
      var server = new RedisProcess(newProcess(port), port);
      Awaitility.await("redis-server on port " + port)
          .atMost(Duration.ofSeconds(60))
          .until(() -> !server.process.isAlive() || server.replies());
      if (server.process.isAlive()) {
        return server;
      }
    }
    throw new IOException("redis-server does not start");
  }

  private static Process newProcess(int port) throws IOException {
    return new ProcessBuilder(
            List.of(
                EXECUTABLE.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean replies() {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == '+';
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
