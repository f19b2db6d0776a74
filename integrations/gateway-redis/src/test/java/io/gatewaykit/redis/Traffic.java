// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/** Eight callers of one key, which record every decision. */
final class Traffic implements AutoCloseable {
  private static final int CALLERS = 8;
  private static final long SLOT = Duration.ofMillis(50).toNanos();
  private static final long PAUSE = Duration.ofMillis(1).toNanos();

  /** One decision, between two readings of the clock. */
  private record Event(long before, long after, Decision decision) {}

  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> callers = new ArrayList<>();
  private volatile boolean stopped;

  Traffic(List<? extends RateLimiter<String>> nodes) {
    for (int i = 0; i < CALLERS && !nodes.isEmpty(); i++) {
      RateLimiter<String> node = nodes.get(i % nodes.size());
      var thread = new Thread(() -> call(node), "caller " + i);
      callers.add(thread);
      thread.start();
    }
  }

  private void call(RateLimiter<String> limiter) {
    try {
      while (!stopped) {
        long before = System.nanoTime();
        Decision decision = limiter.check("hot", 1);
        events.add(new Event(before, System.nanoTime(), decision));
        LockSupport.parkNanos(PAUSE);
      }
    } catch (Throwable e) {
      failures.add(e);
    }
  }

  /** Waits for a number of further decisions from the given source. */
  void await(Decision.Source source, int more) {
    long already = count(source);
    Awaitility.await(more + " decisions from " + source)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> count(source) >= already + more || !failures.isEmpty());
  }

  /** Lets traffic flow for a while. */
  void flow(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Awaitility.await()
        .atMost(time.plusSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> System.nanoTime() - end >= 0);
  }

  long count(Decision.Source source) {
    return events.stream().filter(e -> e.decision().source() == source).count();
  }

  long admitted() {
    return events.stream().filter(e -> e.decision().admitted()).count();
  }

  /** Returns for how long some nodes had Redis while others went by their share, about. */
  double secondsOfBoth() {
    Map<Long, Set<Decision.Source>> bySlot = new HashMap<>();
    for (Event event : events) {
      bySlot
          .computeIfAbsent(event.after() / SLOT, slot -> EnumSet.noneOf(Decision.Source.class))
          .add(event.decision().source());
    }
    long both =
        bySlot.values().stream()
            .filter(sources -> sources.contains(Decision.Source.FALLBACK) && sources.size() > 1)
            .count();
    return both * SLOT / 1e9;
  }

  Map<Decision.Source, Long> sources() {
    var counts = new EnumMap<Decision.Source, Long>(Decision.Source.class);
    for (Event event : events) {
      counts.merge(event.decision().source(), 1L, Long::sum);
    }
    return counts;
  }

  /** Stops, and returns how much more than the rate alone was admitted in the worst window. */
  double stop(double rate) {
    close();
    assertThat(failures).isEmpty();
    List<Event> admitted =
        events.stream()
            .filter(event -> event.decision().admitted())
            .sorted(Comparator.comparingLong(Event::after))
            .toList();
    double worst = 0;
    // A decision was made between its two readings: a window contains those with both in it.
    for (Event first : admitted) {
      long inWindow = 0;
      for (Event last : admitted) {
        if (last.before() >= first.before()) {
          inWindow++;
          double seconds = (last.after() - first.before()) / 1e9;
          worst = Math.max(worst, inWindow - rate * seconds);
        }
      }
    }
    return worst;
  }

  /** Returns how long decisions took, the longest of the given part of them. */
  Duration latency(double part) {
    long[] sorted = events.stream().mapToLong(e -> e.after() - e.before()).sorted().toArray();
    return Duration.ofNanos(sorted[(int) Math.min(sorted.length - 1, sorted.length * part)]);
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread caller : callers) {
      try {
        caller.join(Duration.ofSeconds(30).toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
