package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a group keeps of its leases: how often they were reported on twice, and which were lost,
 * that is, became garbage without a report.
 *
 * <p>Finding lost leases costs a reference object each, so one in so many is watched. A lost one
 * that is watched is ended as cancelled, so that its endpoint does not look busy for ever, and is
 * logged the first time. Looked for when the next watched lease begins, or a snapshot is taken: no
 * thread waits for garbage. Thread-safe.
 */
final class LeaseBook<T> {
  private static final Logger log = LoggerFactory.getLogger(LeaseBook.class);

  private final String group;
  private final Ticker ticker;
  private final RetryPolicy policy;
  private final int watchOneOf;
  private final Drainer<T> drainer;
  private final LongAdder repeated = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final ReferenceQueue<Object> garbage = new ReferenceQueue<>();

  /** Keeps the watches themselves from being collected. */
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

  LeaseBook(String group, Ticker ticker, RetryPolicy policy, int watchOneOf, Drainer<T> drainer) {
    this.group = group;
    this.ticker = ticker;
    this.policy = policy;
    this.watchOneOf = watchOneOf;
    this.drainer = drainer;
  }

  /** How to end a lease without holding it. */
  interface Ending {
    /** Ends it as cancelled; returns the endpoint's id, or null if it was not open. */
    @Nullable String end();
  }

  static final class Watch extends PhantomReference<Object> {
    final Ending ending;

    Watch(Object lease, Ending ending, ReferenceQueue<Object> garbage) {
      super(lease, garbage);
      this.ending = ending;
    }
  }

  /** Tells whether the lease that begins now should be watched. */
  boolean choosesToWatch() {
    return watchOneOf == 1 || ThreadLocalRandom.current().nextInt(watchOneOf) == 0;
  }

  /** Watches a lease; the ending must not refer to it. */
  Watch watch(Object lease, Ending ending) {
    findLost();
    var watch = new Watch(lease, ending, garbage);
    watches.add(watch);
    return watch;
  }

  void ended(@Nullable Watch watch) {
    if (watch != null) {
      watches.remove(watch);
      watch.clear();
    }
  }

  private void findLost() {
    for (Object found = garbage.poll(); found != null; found = garbage.poll()) {
      if (found instanceof Watch watch && watches.remove(watch)) {
        String endpoint = watch.ending.end();
        if (endpoint != null) {
          lost(endpoint);
        }
      }
    }
  }

  /** Counts a lease that nobody ended. */
  void lost(String endpoint) {
    if (lost.sum() == 0) {
      log.warn(
          "group {}: a lease of endpoint {} was never ended; close leases in finally",
          group,
          endpoint);
    }
    lost.increment();
  }

  Drainer<T> drainer() {
    return drainer;
  }

  void repeated() {
    repeated.increment();
  }

  /** Returns until when a server that asked for so long is left alone. */
  long restUntil(Duration asked) {
    return ticker.read() + policy.pushback(asked);
  }

  long repeatedReports() {
    return repeated.sum();
  }

  long lostLeases() {
    findLost();
    return lost.sum();
  }
}
