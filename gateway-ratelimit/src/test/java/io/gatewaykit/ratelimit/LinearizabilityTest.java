package io.gatewaykit.ratelimit;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Whatever several threads ask at once, some order of their questions explains all answers. The
 * clock stands still, so that answers depend on nothing else.
 */
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
  void concurrencyLimiter() {
    check(OfPermits.class);
  }

  /** The calls that two limiters have in common. */
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

  /** A single bucket, on which the key makes no difference. */
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

  /** Of a rate whose interval is no whole number of nanoseconds, so that sets are locked. */
  public static final class OfFastKeys extends OfManyKeys {
    public OfFastKeys() {
      super(Limit.perSecond(7_000_001).burst(4));
    }
  }

  /** Permits of two keys. */
  public static final class OfPermits {
    private final ConcurrencyLimiter<Integer> limiter =
        ConcurrencyLimiter.<Integer>builder().max(2).burst(1).ticker(new ManualTicker()).build();
    private final ConcurrencyLimiter<Integer>.Permit held = limiter.tryAcquire(0).orElseThrow();

    @Operation
    public int acquire(@Param(gen = IntGen.class, conf = "0:1") int key) {
      return limiter.tryAcquire(key).map(ConcurrencyLimiter.Permit::position).orElse(0);
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
