// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The refund of a reservation is exactly the difference made by its cost, for each bucket. */
class RefundTest {
  private static final Duration FOREVER = Duration.ofDays(1);
  private static final String KEY = "k";

  /** The buckets under test. */
  enum Kind {
    SINGLE,
    TABLE,
    TABLE_TIER,
    EXACT_KEYS;

    RateLimiter<String> limiter(Limit limit, ManualTicker ticker) {
      var keyed = KeyedLeakyBucket.<String>builder().limit(limit).maxKeys(5_000).ticker(ticker);
      return switch (this) {
        case SINGLE -> LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter();
        case TABLE -> keyed.build();
        case TABLE_TIER -> keyed.limits(key -> limit).build();
        case EXACT_KEYS -> keyed.exactKeys().build();
      };
    }
  }

  /** One step of a history: a pause, then an action. */
  record Step(long pauseMillis, int cost, int action, int which) {}

  /** A request of the model; its cost becomes the actual one once known. */
  private static final class Admitted {
    final long at;
    final long cost;
    long trueCost;

    Admitted(long at, long cost) {
      this.at = at;
      this.cost = cost;
      this.trueCost = cost;
    }
  }

  /** Returns the backlog after the history, according to the definition. */
  private static long backlog(List<Admitted> history, long interval, long now) {
    long tat = Long.MIN_VALUE;
    for (Admitted request : history) {
      if (request.trueCost > 0) {
        tat = Math.max(tat, request.at) + request.trueCost * interval;
      }
    }
    return tat == Long.MIN_VALUE ? 0 : Math.max(0, tat - now);
  }

  @Property(tries = 3000, seed = "1")
  void settle_anyHistory_equalsTheBucketWithTheTrueCosts(
      @ForAll Kind kind, @ForAll("steps") List<Step> steps) {
    run(kind, steps, false);
  }

  /** Requests without a reservation can reduce a refund, but never increase it. */
  @Property(tries = 3000, seed = "1")
  void settle_amidPlainRequests_neverEmptierThanTheBucketWithTheTrueCosts(
      @ForAll Kind kind, @ForAll("steps") List<Step> steps) {
    run(kind, steps, true);
  }

  private static void run(Kind kind, List<Step> steps, boolean plain) {
    var ticker = new ManualTicker(-7_000_000_000L);
    var limit = Limit.perSecond(10).burst(39).nodelay();
    RateLimiter<String> limiter = kind.limiter(limit, ticker);
    var history = new ArrayList<Admitted>();
    var open = new ArrayList<Reservation>();
    var requests = new ArrayList<Admitted>();
    for (Step step : steps) {
      ticker.advance(Duration.ofMillis(step.pauseMillis()));
      if (plain && step.action() == 0) {
        if (limiter.decide(KEY, step.cost()) >= 0) {
          history.add(new Admitted(ticker.read(), step.cost()));
        }
      } else if (open.isEmpty() || step.action() <= 2) {
        Reservation reservation = limiter.reserve(KEY, step.cost(), FOREVER);
        if (reservation.admitted()) {
          var request = new Admitted(ticker.read(), step.cost());
          history.add(request);
          open.add(reservation);
          requests.add(request);
        }
      } else {
        int which = step.which() % open.size();
        Admitted request = requests.remove(which);
        request.trueCost = step.which() % (request.cost + 1);
        open.remove(which).settle(request.trueCost);
      }
      long expected = backlog(history, 100_000_000, ticker.read());
      long actual = owed(limiter);
      if (plain) {
        assertThat(actual).isGreaterThanOrEqualTo(expected);
      } else {
        assertThat(actual).isEqualTo(expected);
      }
    }
  }

  private static long owed(RateLimiter<String> limiter) {
    Decision next = limiter.peek(KEY, 1);
    return next.resetAfter().toNanos() - (next.admitted() ? 100_000_000 : 0);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.oneOf(
                Arbitraries.longs().between(0, 300), Arbitraries.longs().between(0, 3000)),
            Arbitraries.integers().between(1, 12),
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 1000))
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void cancel_otherKeysRefundedMeanwhile_refundsAll(Kind kind) {
    if (kind == Kind.SINGLE) {
      return; // it has one key
    }
    RateLimiter<String> limiter =
        kind.limiter(Limit.perSecond(100).burst(999).nodelay(), new ManualTicker());
    Reservation all = limiter.reserve(KEY, 1000, Duration.ZERO);
    for (int i = 0; i < 3000; i++) {
      Reservation other = limiter.reserve("other" + i, 100, Duration.ZERO);
      limiter.check("other" + i, 1);
      other.cancel();
    }
    all.cancel();
    assertThat(limiter.peek(KEY, 1).remaining()).isEqualTo(999);
  }

  /**
   * Language-model traffic: 4000 tokens reserved per request, 30 % of them used and settled after
   * ten seconds, at 90 % of the quota. Almost none of it is rejected.
   */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void settle_estimatesFarAboveTheTruth_leaveTheQuotaUsable(Kind kind) {
    int keys = kind == Kind.SINGLE ? 1 : 100;
    assertThat(usedOfOffered(kind, keys, 0, 8000 / (keys + 20))).isBetween(0.98, 1.0);
  }

  /** With 2,000 keys after the initial burst of each, at 90 % of the quota. */
  @Tag("slow")
  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"TABLE", "EXACT_KEYS"})
  void settle_languageModelTrafficOfManyKeys_usesAtLeast88PercentOfTheQuota(Kind kind) {
    assertThat(0.9 * usedOfOffered(kind, 2000, 34, 64)).isBetween(0.88, 0.9);
  }

  private static double usedOfOffered(Kind kind, int keys, int from, int to) {
    record Settlement(long at, Reservation reservation, long tokens) {}
    long rate = 10_000;
    var ticker = new ManualTicker();
    RateLimiter<String> limiter =
        kind.limiter(Limit.perSecond(rate).burst(299_999).nodelay(), ticker);
    var random = new SplittableRandom(1);
    var due = new PriorityQueue<Settlement>(Comparator.comparingLong(Settlement::at));
    double perSecond = keys * rate * 0.9 / 1200;
    double used = 0;
    double offered = 0;
    double now = 0;
    while (now < to * 1e9) {
      now += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
      while (!due.isEmpty() && due.peek().at() <= now) {
        Settlement next = due.poll();
        ticker.advanceNanos(next.at() - ticker.read());
        next.reservation().settle(next.tokens());
      }
      ticker.advanceNanos((long) now - ticker.read());
      Reservation reservation = limiter.reserve(KEY + random.nextInt(keys), 4000, Duration.ZERO);
      long tokens = 1 + random.nextLong(2400);
      boolean counts = now >= from * 1e9;
      offered += counts ? tokens : 0;
      long at = (long) (now + 10e9 * (0.2 + 1.6 * random.nextDouble()));
      if (reservation.admitted()) {
        used += counts ? tokens : 0;
        due.add(new Settlement(at, reservation, tokens));
      }
    }
    return used / offered;
  }

  /** In any period W, the actual costs admitted are at most burst + 1 + W times the rate. */
  @Property(tries = 500, seed = "1")
  void settle_greedyCaller_trueCostsStayWithinTheEnvelope(
      @ForAll Kind kind, @ForAll("steps") List<Step> steps) {
    var ticker = new ManualTicker();
    RateLimiter<String> limiter = kind.limiter(Limit.perSecond(10).burst(39).nodelay(), ticker);
    var open = new ArrayDeque<Reservation>();
    var requests = new ArrayDeque<Admitted>();
    var all = new ArrayList<Admitted>();
    for (Step step : steps) {
      ticker.advance(Duration.ofMillis(step.pauseMillis()));
      for (int i = 0; i < step.action() && !open.isEmpty(); i++) {
        requests.peek().trueCost = step.which() % (requests.peek().cost + 1);
        open.poll().settle(requests.poll().trueCost);
      }
      for (int i = 0; i < 40; i++) { // as much as available
        Reservation reservation = limiter.reserve(KEY, step.cost(), Duration.ZERO);
        if (!reservation.admitted()) {
          break;
        }
        var request = new Admitted(ticker.read(), step.cost());
        all.add(request);
        requests.add(request);
        open.add(reservation);
      }
    }
    for (int from = 0; from < all.size(); from++) {
      double sum = 0;
      for (int to = from; to < all.size(); to++) {
        sum += all.get(to).trueCost;
        double seconds = (all.get(to).at - all.get(from).at) / 1e9;
        assertThat(sum).isLessThanOrEqualTo(40 + 10 * seconds + 1e-6);
      }
    }
  }

  @Test
  void reserve_neverSettled_keepsNoKeys() {
    var ticker = new ManualTicker();
    var gcra = new Gcra(Limit.perSecond(10).burst(5));
    var memory = new SlotMemory(1000);
    var table = new SlotTable(memory, gcra, OverflowPolicy.SHARE, ticker);
    var reservations = new SlotReservations(table, memory);
    for (long key = 1; key <= 100_000; key++) {
      long hash = key * 0x9E3779B97F4A7C15L;
      reservations.reserve(hash, null, 1, 0, Long.MAX_VALUE, new SlotTrace());
      ticker.advance(Duration.ofMillis(1));
    }
    assertThat(reservations.tracked()).as("keys in debt: 100 at a time").isLessThan(400);
  }

  @Test
  void reserve_manyOpenOnOneKey_isBounded() {
    var ledger = new RefundLedger();
    var first = ledger.push(1);
    RefundLedger.Layer last = first;
    for (int i = 2; i <= 10_000; i++) {
      last = ledger.push(i);
    }
    assertThat(ledger.refundable(first, 1)).as("the oldest has lost its right").isZero();
    assertThat(ledger.refundable(last, 5)).isEqualTo(5);
  }
}
