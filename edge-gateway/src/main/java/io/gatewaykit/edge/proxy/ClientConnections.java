// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.Ticker;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The connections of all clients, counted and bounded. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // a rejected connection is closed either way
final class ClientConnections {
  private static final byte[] REJECTION =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /** The time after which the connection of a client that does not read can be evicted. */
  private static final long MIN_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ProxyLimits limits;
  private final Ticker ticker = Ticker.system();
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder slowRequests = new LongAdder();
  private final LongAdder droppedReaders = new LongAdder();

  /** The time at which each client stopped reading, oldest first. */
  private final Map<Channel, Long> slowReaders = new LinkedHashMap<>();

  private volatile boolean draining;

  ClientConnections(ProxyLimits limits) {
    this.limits = limits;
  }

  /** Counts a new connection. Above the bound, closes it and returns false. */
  boolean admit(Channel channel) {
    if (open.incrementAndGet() > limits.maxConnections()) {
      open.decrementAndGet();
      rejected.increment();
      channel
          .writeAndFlush(Unpooled.wrappedBuffer(REJECTION))
          .addListener(ChannelFutureListener.CLOSE);
      return false;
    }
    channels.add(channel);
    channel.closeFuture().addListener(closed -> open.decrementAndGet());
    return true;
  }

  void slowRequestEnded() {
    slowRequests.increment();
  }

  /**
   * Records that a response waits for its client. Above the bound, closes the connection that has
   * waited longest, or this one if none has waited for a second.
   */
  void waitsForReader(Channel channel) {
    Channel surplus = null;
    synchronized (slowReaders) {
      slowReaders.putIfAbsent(channel, ticker.read());
      if (slowReaders.size() > limits.maxSlowReaders()) {
        surplus = oldestWaiting(channel);
        slowReaders.remove(surplus);
      }
    }
    if (surplus != null) {
      droppedReaders.increment();
      surplus.close();
    }
  }

  private Channel oldestWaiting(Channel otherwise) {
    Iterator<Map.Entry<Channel, Long>> longest = slowReaders.entrySet().iterator();
    Map.Entry<Channel, Long> first = longest.next();
    return ticker.read() - first.getValue() > MIN_WAIT_NANOS ? first.getKey() : otherwise;
  }

  /** Records that a client has resumed reading or disconnected. */
  void reads(Channel channel) {
    synchronized (slowReaders) {
      slowReaders.remove(channel);
    }
  }

  ProxyLoad load() {
    int waiting;
    synchronized (slowReaders) {
      waiting = slowReaders.size();
    }
    return new ProxyLoad(
        open.get(),
        limits.maxConnections(),
        rejected.sum(),
        limits.held().usedBytes(),
        limits.held().maxBytes(),
        limits.held().rejections(),
        slowRequests.sum(),
        waiting,
        limits.maxSlowReaders(),
        droppedReaders.sum());
  }

  /** Makes each connection close after its current response. */
  void drain() {
    draining = true;
  }

  boolean isDraining() {
    return draining;
  }

  void close() {
    channels.close().awaitUninterruptibly();
  }
}
