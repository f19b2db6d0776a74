// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP relay that delays each response. Like a path that loses packets, it delays some of them
 * further, or breaks their connection.
 */
final class DelayRelay implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger seeds = new AtomicInteger();
  private final InetSocketAddress target;
  private final int delayMillis;
  private final double loss;
  private final int stallMillis;

  /**
   * @param loss the fraction of responses that are lost
   * @param stallMillis the further delay of a lost one; 0: its connection is reset
   */
  DelayRelay(InetSocketAddress target, int delayMillis, double loss, int stallMillis)
      throws IOException {
    this.target = target;
    this.delayMillis = delayMillis;
    this.loss = loss;
    this.stallMillis = stallMillis;
    threads.execute(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        threads.execute(() -> relay(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void relay(Socket client) {
    var random = new SplittableRandom(seeds.incrementAndGet());
    try (client;
        Socket upstream = new Socket(target.getAddress(), target.getPort())) {
      threads.execute(() -> copy(client, upstream));
      InputStream in = upstream.getInputStream();
      OutputStream out = client.getOutputStream();
      var buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        boolean lost = random.nextDouble() < loss;
        Thread.sleep(delayMillis + (lost ? stallMillis : 0)); // the path's own delay
        if (lost && stallMillis == 0) {
          client.setSoLinger(true, 0);
          return;
        }
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // one side has closed
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // one side has closed
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
