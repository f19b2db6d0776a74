package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads, three requests each, four permits: exactly four are admitted, and no fifth one
 * after.
 */
@JCStressTest
@Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "each permit was spent once")
@State
public class LeakyBucketStress {
  private final LeakyBucket bucket =
      LeakyBucket.builder()
          .limit(Limit.perSecond(1).burst(3).nodelay())
          .ticker(new ManualTicker())
          .build();
  private int first;
  private int second;

  /** Spends on one thread. */
  @Actor
  public void one() {
    first = spend();
  }

  /** Spends on another. */
  @Actor
  public void two() {
    second = spend();
  }

  private int spend() {
    int admitted = 0;
    for (int i = 0; i < 3; i++) {
      admitted += bucket.tryAcquire() ? 1 : 0;
    }
    return admitted;
  }

  /** Counts, and tries once more. */
  @Arbiter
  public void count(II_Result result) {
    result.r1 = first + second;
    result.r2 = bucket.tryAcquire() ? 1 : 0;
  }
}
