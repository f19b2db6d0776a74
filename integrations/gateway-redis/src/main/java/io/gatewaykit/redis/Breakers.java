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
 * A breaker for each node of a cluster, so that a dead one does not decide about the keys of
 * others; and a single one if there is no cluster.
 *
 * <p>A node that serves no keys any more is not asked any more, so its breaker could never close:
 * {@link #sweep} retires those. There are as many breakers as nodes that were asked since.
 */
final class Breakers {
  private static final long BETWEEN_SWEEPS = 1_000_000_000;

  private final Function<String, Breaker> maker;
  private final Ticker ticker;
  private final ConcurrentHashMap<String, Breaker> byNode = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong sweptAt;

  /**
   * Creates none yet.
   *
   * @param maker makes one for the node of that name
   */
  Breakers(Function<String, Breaker> maker, Ticker ticker) {
    this.maker = maker;
    this.ticker = ticker;
    this.sweptAt = new AtomicLong(ticker.read());
  }

  /** Returns the breaker for the node that serves this key. */
  Breaker of(Nodes nodes, String key) {
    String node = nodes.of(key);
    Breaker breaker = byNode.get(node);
    return breaker != null
        ? breaker
        : byNode.computeIfAbsent(node, id -> maker.apply(nodes.addressOf(id)));
  }

  /** Counts what a report changed, and returns it. */
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
   * Retires the breakers of nodes that serve no keys any more, once a second at most. Returns those
   * that were open.
   */
  List<Breaker> sweep(Nodes nodes) {
    var closed = new ArrayList<Breaker>();
    long last = sweptAt.get();
    long now = ticker.read();
    if (now - last >= BETWEEN_SWEEPS && sweptAt.compareAndSet(last, now)) {
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
