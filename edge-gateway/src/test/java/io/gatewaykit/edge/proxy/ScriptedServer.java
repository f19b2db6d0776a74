// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server that responds to every request with the same bytes, or misbehaves as configured. */
final class ScriptedServer implements AutoCloseable {
  private final ServerSocket listener;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Script script = new Script(request -> null, false, false);

  private record Script(
      Function<String, @Nullable String> answer, boolean closes, boolean asksForBody) {}

  private ScriptedServer() throws IOException {
    listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start("scripted-server", this::accept);
  }

  static ScriptedServer start() {
    try {
      return new ScriptedServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  void answer(String bytes) {
    answer(request -> bytes);
  }

  void answer(Function<String, @Nullable String> answer) {
    script = new Script(answer, false, false);
  }

  void answerAndClose(String bytes) {
    script = new Script(request -> bytes, true, false);
  }

  void continueThenAnswer(String bytes) {
    script = new Script(request -> bytes, false, true);
  }

  void stayingSilent() {
    script = new Script(request -> null, false, false);
  }

  void hangingUp() {
    script = new Script(request -> null, true, false);
  }

  List<String> requests() {
    return requests;
  }

  int connections() {
    return connections.get();
  }

  /** Returns the number of connections that the proxy has not closed. */
  int open() {
    return open.size();
  }

  private static void start(String name, Runnable task) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        connections.incrementAndGet();
        open.add(socket);
        if (listener.isClosed()) {
          socket.close(); // a connection accepted while the server was closing
          return;
        }
        start("scripted-connection", () -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String head = head(in); head != null; head = head(in)) {
        Script current = script;
        if (current.asksForBody()) {
          write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
        }
        String request = head + body(in, head.toLowerCase(Locale.ROOT));
        requests.add(request);
        String answer = current.answer().apply(request);
        if (answer != null) {
          write(socket, answer);
        }
        if (current.closes()) {
          return;
        }
      }
    } catch (IOException e) {
      return; // the proxy closed the connection
    } finally {
      open.remove(socket);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static @Nullable String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static String body(InputStream in, String fields) throws IOException {
    if (fields.contains("transfer-encoding: chunked")) {
      var body = new StringBuilder();
      while (body.indexOf("0\r\n\r\n") < 0) {
        body.append((char) in.read());
      }
      return body.toString();
    }
    int at = fields.indexOf("content-length: ");
    int length =
        at < 0 ? 0 : Integer.parseInt(fields.substring(at + 16, fields.indexOf("\r\n", at)));
    return new String(in.readNBytes(length), ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
