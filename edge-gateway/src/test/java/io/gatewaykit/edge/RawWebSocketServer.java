// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that accepts every WebSocket, whose bytes are sent and read by the test. */
final class RawWebSocketServer implements AutoCloseable {
  private final ServerSocket listener;
  private final BlockingQueue<Connection> connections = new LinkedBlockingQueue<>();

  private final AtomicInteger failures = new AtomicInteger();

  /** The bytes that follow the accepting response in the same packet. */
  volatile String greeting = "";

  RawWebSocketServer() throws IOException {
    listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    var thread = new Thread(this::accept, "raw-websocket-server");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Returns the next WebSocket connection. */
  Connection next() throws InterruptedException {
    Connection next = connections.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("connections: none (expected: a WebSocket)");
    }
    return next;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        open(listener.accept());
      } catch (IOException e) {
        failures.incrementAndGet(); // closed by the peer, or with this server
      }
    }
  }

  private void open(Socket socket) throws IOException {
    var in = new BufferedInputStream(socket.getInputStream());
    String head = head(in);
    if (head.isEmpty()) {
      socket.close(); // a health check
      return;
    }
    socket.setSoTimeout(20_000);
    var connection = new Connection(head, socket, in);
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Accept: "
            + accept(head)
            + "\r\n\r\n"
            + greeting);
    connections.add(connection);
  }

  private static String accept(String head) {
    int at = head.toLowerCase(Locale.ROOT).indexOf("sec-websocket-key: ") + 19;
    String key = head.substring(at, head.indexOf('\r', at));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "";
      }
      head.append((char) c);
    }
    return head.toString();
  }

  /**
   * An open WebSocket.
   *
   * @param head the request that opened it
   */
  record Connection(String head, Socket socket, InputStream in) implements AutoCloseable {
    /** Sends bytes, one per char. */
    void send(String bytes) {
      try {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Reads this many bytes. */
    byte[] read(int bytes) {
      try {
        return in.readNBytes(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Reads all bytes until the peer closes. */
    String readAll() {
      try {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        return "reset";
      }
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
