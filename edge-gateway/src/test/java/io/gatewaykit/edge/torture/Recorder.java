// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The origin server: records the bytes that reach it, and responds to each request that the strict
 * parser finds. The response to {@code /first} is the script, any other {@code echo METHOD target}.
 */
final class Recorder implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<StringBuilder> received = new ArrayList<>();
  private volatile String script = "";

  Recorder() {
    try {
      listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Clears the record and closes the connections, so that each case has its own. */
  void reset(String nextScript) throws IOException {
    script = nextScript;
    for (Socket socket : open) {
      socket.close();
    }
    synchronized (received) {
      received.clear();
    }
  }

  /** Returns the bytes of each connection. */
  List<String> received() {
    synchronized (received) {
      return received.stream().map(StringBuilder::toString).toList();
    }
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "recorder");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    var bytes = new StringBuilder();
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[65536];
      int answered = 0;
      boolean known = false;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        String more = new String(buffer, 0, n, ISO_8859_1);
        synchronized (received) {
          if (!known) {
            received.add(bytes); // not earlier, as an idle connection is irrelevant
            known = true;
          }
          bytes.append(more);
        }
        StrictReader.Result result = StrictReader.requests(bytes.toString());
        for (; answered < result.messages().size(); answered++) {
          if (!answer(socket, result.messages().get(answered))) {
            return;
          }
        }
        if (result.problem() != null) {
          return; // the strict parser detects it in the record
        }
      }
    } catch (IOException e) {
      return; // the gateway closed the connection
    } finally {
      open.remove(socket);
    }
  }

  /** Sends a response; returns false if the connection must be closed. */
  private boolean answer(Socket socket, HttpMessage request) throws IOException {
    String answer = script;
    if (!request.target().equals("/first") || answer.isEmpty()) {
      String body = "echo " + request.method() + " " + request.target();
      String content = request.method().equals("HEAD") ? "" : body;
      answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + content;
    }
    boolean resets = answer.endsWith("<reset>");
    boolean closes = answer.endsWith("<close>");
    for (String part : answer.replaceAll("<reset>|<close>", "").split("<flush>", -1)) {
      socket.getOutputStream().write(part.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      if (answer.contains("<flush>") || resets) {
        awaitDelivery(); // so that it is not read together with the following bytes
      }
    }
    if (resets) {
      socket.setSoLinger(true, 0);
    }
    return !resets && !closes;
  }

  @SuppressWarnings("ThreadSleep") // the pause is part of the case
  private static void awaitDelivery() {
    try {
      Thread.sleep(60);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
