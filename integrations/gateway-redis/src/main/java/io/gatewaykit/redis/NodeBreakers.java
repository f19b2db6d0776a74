// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.redis.Breaker.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Circuit breakers, one per cluster node, so that a dead node does not affect the keys of the
 * others; a single one without a cluster.
 *
 * <p>A node that no longer serves keys receives no calls, so its breaker could never close. {@link
 * #sweep} retires such breakers. A breaker is created on the first call to its node.
 */
final class NodeBreakers {
  private static final long SWEEP_INTERVAL_NANOS = 1_000_000_000;

  private final Function<String, Breaker> maker;
  private final Ticker ticker;
  private final ConcurrentHashMap<String, Breaker> byNode = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong sweptAt;

  /**
   * Creates an empty set.
   *
   * @param maker creates the breaker of the node with the given name
   */
  NodeBreakers(Function<String, Breaker> maker, Ticker ticker) {
    this.maker = maker;
    this.ticker = ticker;
    this.sweptAt = new AtomicLong(ticker.read());
  }

  /** Returns the breaker of the node that serves this key. */
  Breaker of(ClusterNodes nodes, String key) {
    String node = nodes.of(key);
    Breaker breaker = byNode.get(node);
    return breaker != null
        ? breaker
        : byNode.computeIfAbsent(node, id -> maker.apply(nodes.addressOf(id)));
  }

  /** Counts a transition and returns it. */
  Change counted(Change change) {
    if (change == Change.OPENED) {
      open.incrementAndGet();
    } else if (change == Change.CLOSED) {
      open.decrementAndGet();
    }
    return change;
  }

  boolean anyOpen() {
    return open.get() > 0;
  }

  /**
   * Retires the breakers of nodes that no longer serve keys, at most once per second. Returns those
   * that were open.
   */
  List<Breaker> sweep(ClusterNodes nodes) {
    var closed = new ArrayList<Breaker>();
    long last = sweptAt.get();
    long now = ticker.read();
    if (now - last >= SWEEP_INTERVAL_NANOS && sweptAt.compareAndSet(last, now)) {
      byNode.forEach((node, breaker) -> {
        if (!nodes.serves(node)
            && byNode.remove(node, breaker)
            && counted(breaker.retire()) == Change.CLOSED) {
          closed.add(breaker);
        }
      });
    }
    return closed;
  }
}
