// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.redis;

import io.gatewaykit.redis.RedisStore;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;

/** A {@code redis-server} from the PATH on a free loopback port, without persistence. */
final class ServerProcess implements AutoCloseable {
  private static final long PAUSE = 10_000_000; // 10 ms
  private static final int MOST_PAUSES = 1000;

  private final Process process;
  private final int port;

  ServerProcess() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    process =
        new ProcessBuilder(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    for (int i = 0; !accepts(); i++) {
      if (i == MOST_PAUSES) {
        close();
        throw new IOException("redis-server does not listen on port " + port);
      }
      LockSupport.parkNanos(PAUSE);
    }
  }

  private boolean accepts() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns a client configured as documented; the caller must close it. */
  RedisClient client() {
    RedisClient client = RedisClient.create("redis://127.0.0.1:" + port);
    client.setOptions(RedisStore.clientOptions().build());
    return client;
  }

  /** Suspends or resumes the server with {@code STOP} or {@code CONT}. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
