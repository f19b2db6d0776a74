// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The results of concurrent calls must equal those of some sequential order. The clock is frozen,
 * so that results depend on nothing else.
 */
@Tag("stress")
class LinearizabilityTest {
  private static void check(Class<?> scenario) {
    new StressOptions()
        .iterations(4)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(scenario);
  }

  @Test
  void leakyBucket() {
    check(OfOneBucket.class);
  }

  @Test
  void slotTable() {
    check(OfManyKeys.class);
  }

  @Test
  void slotTable_fractionsOfNanoseconds() {
    check(OfFastKeys.class);
  }

  @Test
  void slotTable_fullSet_shared() {
    check(OfFullSet.class);
  }

  @Test
  void slotTable_fullSet_evicting() {
    check(OfEvictingSet.class);
  }

  @Test
  void concurrencyLimiter() {
    check(OfPermits.class);
  }

  /** The calls common to two limiters. */
  public abstract static class Calls {
    private final Consumer<Limit> reconfigurable;
    private final RateLimiter<Integer> limiter;

    Calls(RateLimiter<Integer> limiter, Consumer<Limit> reconfigurable) {
      this.limiter = limiter;
      this.reconfigurable = reconfigurable;
    }

    @Operation
    public long decide(
        @Param(gen = IntGen.class, conf = "0:2") int key,
        @Param(gen = IntGen.class, conf = "1:2") int cost) {
      return limiter.decide(key, cost);
    }

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.tryAcquire(key);
    }

    @Operation
    public long remaining(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.peek(key, 1).remaining();
    }

    @Operation
    public void slower() {
      reconfigurable.accept(Limit.perSecond(500).burst(4));
    }
  }

  /** A single bucket, which ignores the key. */
  public static final class OfOneBucket extends Calls {
    public OfOneBucket() {
      this(bucket());
    }

    private OfOneBucket(LeakyBucket bucket) {
      super(bucket.asLimiter(), bucket::reconfigure);
    }

    private static LeakyBucket bucket() {
      return LeakyBucket.builder()
          .limit(Limit.perSecond(1000).burst(4))
          .ticker(new ManualTicker())
          .build();
    }
  }

  /** Three keys in one set of the table. */
  public static class OfManyKeys extends Calls {
    public OfManyKeys() {
      this(Limit.perSecond(1000).burst(4));
    }

    OfManyKeys(Limit limit) {
      this(
          KeyedLeakyBucket.<Integer>builder()
              .limit(limit)
              .maxKeys(1)
              .ticker(new ManualTicker())
              .build());
    }

    private OfManyKeys(KeyedLeakyBucket<Integer> buckets) {
      super(buckets, buckets::reconfigure);
    }
  }

  /** A rate whose interval is not a whole number of nanoseconds, so that sets are locked. */
  public static final class OfFastKeys extends OfManyKeys {
    public OfFastKeys() {
      super(Limit.perSecond(7_000_001).burst(4));
    }
  }

  /** Eight keys in one set, of which the first has drained, and two newcomers. */
  public static class OfFullSet {
    private final SlotTable table;
    private final SlotBookings bookings;

    public OfFullSet() {
      this(OverflowPolicy.SHARE);
    }

    OfFullSet(OverflowPolicy policy) {
      var ticker = new ManualTicker();
      var memory = new SlotMemory(SlotMemory.SLOTS);
      table = new SlotTable(memory, new Gcra(Limit.perSecond(1000).burst(4)), policy, ticker);
      bookings = new SlotBookings(table, memory);
      take(0, 1);
      ticker.advance(Duration.ofMillis(2));
      for (int key = 1; key < SlotMemory.SLOTS; key++) {
        take(key, key < 4 ? 2 : 3);
      }
    }

    @Operation
    public long take(
        @Param(gen = IntGen.class, conf = "0:9") int key,
        @Param(gen = IntGen.class, conf = "1:2") int cost) {
      return table.take(hash(key), null, cost, 0, Long.MAX_VALUE, null);
    }

    @Operation
    public long charge(@Param(gen = IntGen.class, conf = "7:9") int key) {
      return bookings.charge(hash(key), null, 7, true);
    }

    @Operation
    public long delay(@Param(gen = IntGen.class, conf = "0:9") int key) {
      return table.take(hash(key), null, 1, 0, BucketStore.NOTHING, null);
    }

    private static long hash(int key) {
      return key + 1L << 32 | key + 1L << 48;
    }
  }

  /** The same, where newcomers evict the key that owes least. */
  public static final class OfEvictingSet extends OfFullSet {
    public OfEvictingSet() {
      super(OverflowPolicy.EVICT_LEAST_DEBT);
    }
  }

  /** Permits of two keys. */
  public static final class OfPermits {
    private final ConcurrencyLimiter<Integer> limiter =
        ConcurrencyLimiter.<Integer>builder().max(2).burst(1).ticker(new ManualTicker()).build();
    private final ConcurrencyPermit held = limiter.tryAcquire(0).orElseThrow();

    @Operation
    public int acquire(@Param(gen = IntGen.class, conf = "0:1") int key) {
      return limiter.tryAcquire(key).map(ConcurrencyPermit::position).orElse(0);
    }

    @Operation
    public boolean release() {
      return held.release(Duration.ZERO);
    }

    @Operation
    public int inUse(@Param(gen = IntGen.class, conf = "0:1") int key) {
      return limiter.inUse(key);
    }
  }
}
