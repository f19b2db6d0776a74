// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A relay in front of a server. It withholds the head of the first response until the server has
 * sent more, and writes both at once; later bytes pass as they arrive.
 */
final class FirstPacketRelay implements AutoCloseable {
  private final int server;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger joined = new AtomicInteger();

  private FirstPacketRelay(int server) throws IOException {
    this.server = server;
    listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  static FirstPacketRelay to(int server) throws IOException {
    return new FirstPacketRelay(server);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Returns the number of heads that were written together with the bytes behind them. */
  int joined() {
    return joined.get();
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "first-packet-relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
        upstream.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        open.add(client);
        open.add(upstream);
        start(() -> copy(client, upstream, false));
        start(() -> copy(upstream, client, true));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void copy(Socket from, Socket to, boolean joinsFirst) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      if (joinsFirst) {
        out.write(headAndMore(in));
        joined.incrementAndGet();
      }
      in.transferTo(out);
    } catch (IOException e) {
      return; // one side closed its connection
    }
  }

  private static byte[] headAndMore(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    int end = -1;
    while (end < 0 || end + 4 == bytes.size()) {
      int read = in.read(buffer);
      if (read < 0) {
        throw new IOException("closed before the first bytes behind a head");
      }
      bytes.write(buffer, 0, read);
      end = bytes.toString(ISO_8859_1).indexOf("\r\n\r\n");
    }
    return bytes.toByteArray();
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
