// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import io.gatewaykit.healthcheck.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A lower bound for the cost of probing over persistent connections on this machine and JDK. Writes
 * the same bytes to each target every second and discards all responses, without parser, timeout or
 * verdict. One thread, in steps of 5 ms.
 */
final class BareProbes implements AutoCloseable {
  private static final long STEP_MILLIS = 5;
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Selector selector = Selector.open();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final ByteBuffer request =
      ByteBuffer.allocateDirect(128)
          .put("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
          .flip();
  private final ByteBuffer answer = ByteBuffer.allocateDirect(16_384);
  private final Thread thread = new Thread(this::run, "bare-probes");
  private volatile boolean closed;

  BareProbes(List<Target> targets) throws IOException {
    for (Target target : targets) {
      SocketChannel channel = SocketChannel.open(target.address());
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, channel);
      channels.add(channel);
    }
    thread.start();
  }

  private void run() {
    long start = System.nanoTime();
    long asked = 0;
    try {
      while (!closed) {
        long due = (System.nanoTime() - start) * channels.size() / ROUND_NANOS;
        for (; asked < due; asked++) {
          request.rewind();
          int unused = channels.get((int) (asked % channels.size())).write(request);
        }
        int unused = selector.select(this::read, STEP_MILLIS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(SelectionKey key) {
    try {
      int unused = ((SocketChannel) key.attachment()).read(answer.clear());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws Exception {
    closed = true;
    thread.join();
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }
}
