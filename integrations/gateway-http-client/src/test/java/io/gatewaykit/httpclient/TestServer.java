// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An HTTP/1.1 server on loopback with programmable responses, which records its requests. */
public final class TestServer implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch abandoned = new CountDownLatch(1);
  private volatile Behaviour behaviour = respond(200, "ok");

  /** A request as received. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Received(String method, String target, Map<String, String> headers, byte[] body) {}

  /** The reaction to a request. The connection is closed afterwards. */
  @FunctionalInterface
  public interface Behaviour {
    void serve(TestServer server, Socket socket) throws IOException;
  }

  private TestServer(ServerSocket server) {
    this.server = server;
  }

  public static TestServer start() throws IOException {
    var server = new TestServer(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
    Thread acceptor = new Thread(server::accept, "test-server");
    acceptor.setDaemon(true);
    acceptor.start();
    return server;
  }

  public TestServer will(Behaviour behaviour) {
    this.behaviour = behaviour;
    return this;
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  public List<Received> received() {
    return received;
  }

  /** Returns whether a client has closed its connection while this server stalled or sent. */
  public boolean wasAbandoned() throws InterruptedException {
    return abandoned.await(10, TimeUnit.SECONDS);
  }

  /** Lets a server that waits within its body continue. */
  public void release() {
    released.countDown();
  }

  public static Behaviour respond(int status, String body, String... headers) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return (server, socket) -> {
      OutputStream out = socket.getOutputStream();
      out.write(head(status, bytes.length, headers));
      out.write(bytes);
      out.flush();
    };
  }

  /** Closes the connection by a reset, without a response. */
  public static Behaviour reset() {
    return (server, socket) -> abort(socket);
  }

  /** Sends a part of the response, then resets the connection once released. */
  public static Behaviour resetWithinBody() {
    return (server, socket) -> {
      socket.getOutputStream().write(head(200, 100));
      socket.getOutputStream().write("abc".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      server.awaitRelease();
      abort(socket);
    };
  }

  /** Never responds, and notices that the client closes the connection. */
  public static Behaviour stall() {
    return (server, socket) -> {
      try {
        while (socket.getInputStream().read() >= 0) {}
      } catch (IOException e) {
        // reset by the client
      }
      server.abandoned.countDown();
    };
  }

  /** Sends the first half of the body, and the second one once released. */
  public static Behaviour slowBody() {
    return (server, socket) -> {
      OutputStream out = socket.getOutputStream();
      out.write(head(200, 6));
      out.write("abc".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      server.awaitRelease();
      out.write("def".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    };
  }

  /** Sends an endless body until the client closes the connection. */
  public static Behaviour endlessBody(int status) {
    return (server, socket) -> {
      OutputStream out = socket.getOutputStream();
      out.write(head(status, Long.MAX_VALUE));
      byte[] chunk = new byte[8192];
      try {
        while (!server.server.isClosed()) {
          out.write(chunk);
        }
      } catch (IOException e) {
        server.abandoned.countDown();
      }
    };
  }

  private void awaitRelease() {
    try {
      boolean unused = released.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void abort(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static byte[] head(int status, long length, String... headers) {
    var head = new StringBuilder("HTTP/1.1 " + status + " Test\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    head.append("Content-Type: text/plain\r\nConnection: close\r\nContent-Length: ")
        .append(length)
        .append("\r\n\r\n");
    return head.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread worker = new Thread(() -> serve(socket), "test-server-connection");
        worker.setDaemon(true);
        worker.start();
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Received request = read(in);
      if (request != null) {
        received.add(request);
        behaviour.serve(this, socket);
        if (!socket.isClosed()) {
          socket.shutdownOutput();
          socket.setSoTimeout(1000);
          while (in.read() >= 0) {} // no reset before the client has read the response
        }
      }
    } catch (IOException e) {
      // the client has closed it
    }
  }

  private static @org.jspecify.annotations.Nullable Received read(InputStream in)
      throws IOException {
    String line = line(in);
    if (line.isEmpty()) {
      return null;
    }
    int space = line.indexOf(' ');
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      int colon = field.indexOf(':');
      headers.put(field.substring(0, colon), field.substring(colon + 1).strip());
    }
    return new Received(
        line.substring(0, space),
        line.substring(space + 1, line.lastIndexOf(' ')),
        headers,
        body(in, headers));
  }

  private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    String encoding = headers.getOrDefault("Transfer-Encoding", "").toLowerCase(Locale.ROOT);
    if (!encoding.equals("chunked")) {
      int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
      return in.readNBytes(length);
    }
    var body = new ByteArrayOutputStream();
    for (int size = chunk(in); size > 0; size = chunk(in)) {
      body.write(in.readNBytes(size));
      String unused = line(in);
    }
    String unused = line(in);
    return body.toByteArray();
  }

  private static int chunk(InputStream in) throws IOException {
    return Integer.parseInt(line(in), 16);
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    release();
    server.close();
    for (Socket socket : new ArrayList<>(sockets)) {
      socket.close();
    }
  }
}
