// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Invariants of a leaky bucket, against a model in exact fractions. */
class LeakyBucketPropertyTest {
  record Step(long waitNanos, long cost) {}

  /** The bucket of resty.limit.req, in exact 1/permits-nanosecond units. */
  private static final class Model {
    private final Limit limit;
    private final BigInteger per;
    private BigInteger excess = BigInteger.ZERO; // level in requests, times the period
    private long last;

    Model(Limit limit) {
      this.limit = limit;
      this.per = BigInteger.valueOf(limit.per().toNanos());
    }

    /** Returns the excess of the last unit, in requests times the period, if admitted now. */
    BigInteger wouldBe(long now, long cost) {
      BigInteger drained =
          BigInteger.valueOf(now - last).multiply(BigInteger.valueOf(limit.permits()));
      return excess
          .subtract(drained)
          .max(BigInteger.ZERO)
          .add(per.multiply(BigInteger.valueOf(cost - 1)));
    }

    boolean admits(BigInteger wouldBe) {
      return wouldBe.compareTo(per.multiply(BigInteger.valueOf(limit.burst()))) <= 0;
    }

    void commit(long now, BigInteger wouldBe) {
      excess = wouldBe.add(per);
      last = now;
    }
  }

  /** Rates with a whole number of nanoseconds per interval, so without rounding. */
  @Property(tries = 2_000, seed = "1")
  void decide_wholeInterval_equalsModel(
      @ForAll("exactLimits") Limit limit, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker(-5);
    LeakyBucket bucket = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    var model = new Model(limit);
    long now = 0;
    for (Step step : steps) {
      ticker.advanceNanos(step.waitNanos());
      now += step.waitNanos();
      BigInteger wouldBe = model.wouldBe(now, step.cost());
      long answer = bucket.decide(step.cost());
      assertThat(answer >= 0).isEqualTo(model.admits(wouldBe));
      if (answer >= 0) {
        model.commit(now, wouldBe);
      }
    }
  }

  @Property(tries = 2_000, seed = "1")
  void decide_rejected_waitIsTheShortestSufficient(
      @ForAll("limits") Limit limit, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker();
    LeakyBucket bucket = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    for (Step step : steps) {
      ticker.advanceNanos(step.waitNanos());
      long answer = bucket.decide(step.cost());
      if (answer == RateLimiter.IMPOSSIBLE) {
        assertThat(step.cost()).isGreaterThan(limit.burst() + 1);
      } else if (answer < 0) {
        ticker.advanceNanos(-answer - 1);
        assertThat(bucket.peek(step.cost()).admitted()).isFalse();
        ticker.advanceNanos(1);
        assertThat(bucket.peek(step.cost()).admitted()).isTrue();
      }
    }
  }

  @Property(tries = 1_000, seed = "1")
  void decide_neverExceedsTheEnvelope(
      @ForAll("limits") Limit limit, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker();
    LeakyBucket bucket = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    long admitted = 0;
    long elapsed = 0;
    for (Step step : steps) {
      ticker.advanceNanos(step.waitNanos());
      elapsed += step.waitNanos();
      if (bucket.decide(step.cost()) >= 0) {
        admitted += step.cost();
      }
      double rateWithError = limit.rate() * (1 + 1e-6);
      assertThat((double) admitted)
          .isLessThanOrEqualTo(limit.burst() + 1 + rateWithError * elapsed / 1e9 + 1e-6);
    }
  }

  @Property(seed = "1")
  void check_twoTogether_equalsTheirSum(@ForAll("limits") Limit limit) {
    var ticker = new ManualTicker();
    LeakyBucket apart =
        LeakyBucket.builder().limit(limit.delayAfter(0).burst(9)).ticker(ticker).build();
    LeakyBucket together =
        LeakyBucket.builder().limit(limit.delayAfter(0).burst(9)).ticker(ticker).build();
    apart.check(2);
    assertThat(apart.check(3)).isEqualTo(together.check(5));
  }

  /** A wider limit admits every request that a narrower one admits, for equal histories. */
  @Property(tries = 1_000, seed = "1")
  void decide_widerLimit_admitsAtLeastAsMuch(
      @ForAll("exactLimits") Limit limit, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker();
    LeakyBucket tight = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    var more = LeakyBucket.builder().limit(limit.burst(limit.burst() + 3)).ticker(ticker).build();
    var faster =
        LeakyBucket.builder()
            .limit(Limit.perSecond(limit.permits() * 2).burst(limit.burst()))
            .ticker(ticker)
            .build();
    for (Step step : steps) {
      ticker.advanceNanos(step.waitNanos());
      if (tight.decide(step.cost()) >= 0) { // all three have admitted the same requests up to here
        assertThat(more.decide(step.cost())).isNotNegative();
        assertThat(faster.decide(step.cost())).isNotNegative();
      }
    }
  }

  @Property(tries = 500, seed = "1")
  void decide_rejected_changesNothing(
      @ForAll("limits") Limit limit, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker();
    LeakyBucket bucket = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    for (Step step : steps) {
      ticker.advanceNanos(step.waitNanos());
      Decision before = bucket.peek(1);
      if (bucket.decide(step.cost()) < 0) {
        assertThat(bucket.peek(1)).isEqualTo(before);
      }
    }
  }

  @Provide
  Arbitrary<Limit> exactLimits() {
    return limit(Arbitraries.of(1L, 2L, 4L, 5L, 8L, 10L, 100L, 1000L, 1_000_000L));
  }

  @Provide
  Arbitrary<Limit> limits() {
    return limit(
        Arbitraries.oneOf(
            Arbitraries.longs().between(1, 1000), Arbitraries.longs().between(1, 1_000_000_000)));
  }

  private static Arbitrary<Limit> limit(Arbitrary<Long> rates) {
    return Combinators.combine(
            rates, Arbitraries.longs().between(0, 20), Arbitraries.longs().between(0, 20))
        .as((rate, burst, free) ->
            Limit.perSecond(rate).burst(burst).delayAfter(Math.min(burst, free)));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> waits =
        Arbitraries.oneOf(
            Arbitraries.just(0L),
            Arbitraries.longs().between(0, Duration.ofMillis(5).toNanos()),
            Arbitraries.longs().between(0, Duration.ofSeconds(3).toNanos()));
    return Combinators.combine(waits, Arbitraries.longs().between(1, 5))
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }
}
