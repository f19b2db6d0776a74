// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server with a fixed response for every connection. DRIP and SILENCE never complete it. */
final class AnsweringServer implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final String answer;

  AnsweringServer(String answer) throws IOException {
    this.answer = answer;
    start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  List<String> requests() {
    return requests;
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "answering-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      byte[] bytes = new byte[4096];
      int length = in.read(bytes);
      requests.add(new String(bytes, 0, Math.max(0, length), StandardCharsets.US_ASCII));
      if (answer.equals("SILENCE")) {
        closed.await();
      } else if (answer.equals("DRIP")) {
        String head = "HTTP/1.1 200 OK";
        for (int i = 0; i < head.length() && !closed.await(30, TimeUnit.MILLISECONDS); i++) {
          socket.getOutputStream().write(head.charAt(i));
        }
        closed.await();
      } else {
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException | InterruptedException e) {
      return; // the prober closed the connection
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
  }
}
