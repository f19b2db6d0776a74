// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that acts on the head of a request, before its body. Its paths: {@code /hello} and
 * {@code /big} respond, {@code /stream} sends a head and ends its response after a byte 'z', {@code
 * /stream-later} does so after that byte, and all others are silent.
 */
final class HeadServer implements AutoCloseable {
  /** The size of the large response, beyond all buffers. */
  static final int BIG = 20 << 20;

  private static final String STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final ServerSocket listener;
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private HeadServer() throws IOException {
    listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  static HeadServer start() {
    try {
      return new HeadServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Returns the request lines received. */
  List<String> heads() {
    return heads;
  }

  /** Returns the number of connections that the proxy has not closed. */
  int open() {
    return open.size();
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "head-server");
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
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        heads.add(head.substring(0, head.indexOf('\r')));
        respond(head.split(" ", 3)[1], in, out);
      }
    } catch (IOException e) {
      return; // the proxy closed the connection
    } finally {
      open.remove(socket);
    }
  }

  private static void respond(String path, InputStream in, OutputStream out) throws IOException {
    switch (path) {
      case "/hello" -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      case "/big" -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + BIG + "\r\n\r\n");
        out.write(new byte[BIG]);
      }
      case "/stream" -> {
        write(out, STREAM);
        readUntilZ(in);
        write(out, "7\r\nthe end\r\n0\r\n\r\n");
      }
      case "/stream-later" -> {
        readUntilZ(in);
        write(out, STREAM + "0\r\n\r\n");
      }
      default -> readUntilZ(in);
    }
  }

  private static void readUntilZ(InputStream in) throws IOException {
    int next = in.read();
    while (next >= 0 && next != 'z') {
      next = in.read();
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
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
