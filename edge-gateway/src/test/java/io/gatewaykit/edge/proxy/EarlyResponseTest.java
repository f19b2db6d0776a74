// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that responds to the head of an upload, while the client is still sending. */
@Timeout(60)
class EarlyResponseTest {
  private static final byte[] RESPONSE =
      "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno".getBytes(StandardCharsets.US_ASCII);

  /**
   * The server closes its connection with unread bytes, or reads the rest of the request first.
   * Many rounds, as the order of the response and of the reset is up to the kernel.
   */
  @ParameterizedTest
  @CsvSource({
    "300000, false, true, 20",
    "300000, true, true, 20",
    "20000000, false, true, 8",
    "20000000, true, true, 8",
    "20000000, false, false, 2",
    "20000000, true, false, 2"
  })
  void earlyResponse_reachesTheClient(int size, boolean chunked, boolean hangsUp, int rounds)
      throws Exception {
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      start(() -> respondEarly(server, hangsUp));
      FailoverGroup<InetSocketAddress> group =
          FailoverGroup.<InetSocketAddress>builder("early")
              .line(
                  Line.of(
                      "line",
                      0,
                      Endpoint.of("server", (InetSocketAddress) server.getLocalSocketAddress())))
              .build();
      try (ProxyServer proxy = Proxies.start(group, List.of(), Duration.ofSeconds(10), null)) {
        for (int i = 0; i < rounds; i++) {
          assertThat(upload(proxy.address(), size, chunked)).as("round %d", i).contains(" 413 ");
        }
      }
    }
  }

  /** Sends an upload while it reads the response, and returns the status line. */
  private static String upload(InetSocketAddress proxy, int size, boolean chunked)
      throws IOException {
    try (var client = new Socket(proxy.getAddress(), proxy.getPort())) {
      client.setSoTimeout(30_000);
      start(() -> send(client, size, chunked));
      var line = new StringBuilder();
      InputStream in = client.getInputStream();
      for (int next = in.read(); next >= 0 && next != '\r'; next = in.read()) {
        line.append((char) next);
      }
      return line.toString();
    }
  }

  private static void send(Socket client, int size, boolean chunked) {
    byte[] part = new byte[10_000];
    Arrays.fill(part, (byte) 'a');
    try {
      OutputStream out = client.getOutputStream();
      String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + size;
      write(out, "POST / HTTP/1.1\r\nHost: h\r\n" + framing + "\r\n\r\n");
      for (int sent = 0; sent < size; sent += part.length) {
        write(out, chunked ? Integer.toHexString(part.length) + "\r\n" : "");
        out.write(part);
        write(out, chunked ? "\r\n" : "");
      }
      write(out, chunked ? "0\r\n\r\n" : "");
    } catch (IOException answered) {
      return; // the connection is closed after the response
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void respondEarly(ServerSocket listener, boolean hangsUp) {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        int read = socket.getInputStream().read(new byte[1000]);
        socket.getOutputStream().write(RESPONSE);
        while (!hangsUp && read >= 0) {
          read = socket.getInputStream().read(new byte[10_000]);
        }
      } catch (IOException closed) {
        // by the proxy, or at the end of the test
      }
    }
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "early-response");
    thread.setDaemon(true);
    thread.start();
  }
}
