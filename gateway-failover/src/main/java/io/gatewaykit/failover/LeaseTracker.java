// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
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
 * Detects incorrect use of leases: repeated reports, and leaks, that is, leases that are
 * garbage-collected without having been ended.
 *
 * <p>Leak detection costs a reference object per lease, so one lease in N is sampled, and every
 * lease once a leak was detected. A sampled lease that leaks is ended as cancelled, so that its
 * endpoint does not look busy forever, and the first leak is logged. The check runs when the next
 * sampled lease starts or a snapshot is taken; it needs no thread. Thread-safe.
 */
final class LeaseTracker<T> {
  private static final Logger log = LoggerFactory.getLogger(LeaseTracker.class);

  private final String group;
  private final Ticker ticker;
  private final RetryPolicy policy;
  private final int sampleOneIn;
  private final Drainer<T> drainer;
  private final LongAdder doubleEnds = new LongAdder();
  private final LongAdder leaks = new LongAdder();
  private volatile boolean leakSeen;
  private final ReferenceQueue<Object> garbage = new ReferenceQueue<>();

  /** Prevents the references themselves from being collected. */
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

  LeaseTracker(GroupSettings<?> settings, Drainer<T> drainer) {
    group = settings.name();
    ticker = settings.ticker();
    policy = settings.retry();
    sampleOneIn = settings.endpoints().leakDetectionSampling();
    this.drainer = drainer;
  }

  /** Ends a lease without referencing it. */
  interface Ending {
    /** Ends it as cancelled; returns the id of the endpoint, or null if it was not open. */
    @Nullable String end();
  }

  static final class Watch extends PhantomReference<Object> {
    final Ending ending;

    Watch(Object lease, Ending ending, ReferenceQueue<Object> garbage) {
      super(lease, garbage);
      this.ending = ending;
    }
  }

  /** Returns whether to sample the lease that starts now; true for all leases after a leak. */
  boolean shouldSample() {
    return sampleOneIn == 1
        || leakSeen
        || drainer.overdueSeen()
        || ThreadLocalRandom.current().nextInt(sampleOneIn) == 0;
  }

  /** Registers a lease for leak detection; {@code ending} must not reference it. */
  Watch watch(Object lease, Ending ending) {
    detectLeaks();
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

  private void detectLeaks() {
    for (Object found = garbage.poll(); found != null; found = garbage.poll()) {
      if (found instanceof Watch watch && watches.remove(watch)) {
        String endpoint = watch.ending.end();
        if (endpoint != null) {
          onLeak(endpoint);
        }
      }
    }
  }

  /** Counts a leaked lease, and logs the first. */
  void onLeak(String endpoint) {
    if (leaks.sum() == 0) {
      log.warn(
          "group {}: leaked a lease on endpoint {}; close leases in a finally block",
          group,
          endpoint);
    }
    leakSeen = true;
    leaks.increment();
  }

  Drainer<T> drainer() {
    return drainer;
  }

  void onDoubleEnd() {
    doubleEnds.increment();
  }

  /** Returns the end of a pushback of the given length, within the configured maximum. */
  long restUntil(Duration requested) {
    return ticker.read() + policy.pushback(requested);
  }

  long doubleEnds() {
    return doubleEnds.sum();
  }

  long leakedLeases() {
    detectLeaks();
    return leaks.sum();
  }
}
