// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes of connection attempts by address, and the order of further attempts derived from them.
 * Bounded, with eviction of the least recently used addresses. Thread-safe.
 */
final class AddressHistory {
  /** Lifetimes of a recorded failure and of a measured round-trip time. */
  private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final long RTT_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int MAX_ADDRESSES = 4096;

  private record Seen(boolean failed, long rttNanos, long at) {}

  private final Map<InetSocketAddress, Seen> seen =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Seen> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  synchronized void connected(InetSocketAddress address, long rttNanos, long now) {
    Seen before = seen.get(address);
    long rtt = rttNanos;
    if (before != null && !before.failed && now - before.at < RTT_NANOS) {
      rtt = (7 * before.rttNanos + rttNanos) / 8; // the weights of RFC 6298
    }
    seen.put(address, new Seen(false, rtt, now));
  }

  synchronized void failed(InetSocketAddress address, long now) {
    seen.put(address, new Seen(true, 0, now));
  }

  /**
   * Returns the addresses in the order to try: within each family, first the fastest known ones,
   * then unknown ones in their given order, and last those that failed recently. Families
   * alternate, starting with that of the best address (RFC 8305, section 4).
   */
  List<InetSocketAddress> order(List<InetSocketAddress> addresses, long now) {
    Map<InetSocketAddress, Seen> known = known(addresses, now);
    var best = new ArrayList<>(addresses);
    best.sort( // stable: unknown addresses keep the order of the resolver
        Comparator.comparingInt((InetSocketAddress a) -> rank(known.get(a)))
            .thenComparingLong(a -> rtt(known.get(a))));
    Deque<InetSocketAddress> first = new ArrayDeque<>();
    Deque<InetSocketAddress> second = new ArrayDeque<>();
    boolean firstIs6 = isIpv6(best.get(0));
    for (InetSocketAddress address : best) {
      (isIpv6(address) == firstIs6 ? first : second).add(address);
    }
    var order = new ArrayList<InetSocketAddress>(best.size());
    while (!first.isEmpty() || !second.isEmpty()) {
      addIfAny(order, first);
      addIfAny(order, second);
    }
    return order;
  }

  private synchronized Map<InetSocketAddress, Seen> known(
      List<InetSocketAddress> addresses, long now) {
    var known = new HashMap<InetSocketAddress, Seen>();
    for (InetSocketAddress address : addresses) {
      Seen last = seen.get(address);
      if (last != null && now - last.at < (last.failed ? FAILURE_NANOS : RTT_NANOS)) {
        known.put(address, last);
      }
    }
    return known;
  }

  private static int rank(@Nullable Seen last) {
    return last == null ? 1 : last.failed ? 2 : 0;
  }

  private static long rtt(@Nullable Seen last) {
    return last == null ? 0 : last.rttNanos;
  }

  private static boolean isIpv6(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }

  private static void addIfAny(List<InetSocketAddress> order, Deque<InetSocketAddress> addresses) {
    InetSocketAddress next = addresses.poll();
    if (next != null) {
      order.add(next);
    }
  }
}
