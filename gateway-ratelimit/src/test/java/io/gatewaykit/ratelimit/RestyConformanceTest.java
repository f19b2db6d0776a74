// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The results of resty.limit.req, with the exact cause of each difference. */
class RestyConformanceTest {
  /** Rates and bursts of the vectors are multiples of 0.1, so the unit is a tenth of a request. */
  private static final int TENTHS = 10;

  private static Stream<Named<List<Vectors.Row>>> named(String... prefixes) {
    return Vectors.cases("limit-req.tsv")
        .filter(c -> Stream.of(prefixes).anyMatch(c.getName()::startsWith));
  }

  static Stream<Named<List<Vectors.Row>>> coreAndEdge() {
    return named("core-", "edge-").filter(c -> !c.getName().equals("edge-uncommit"));
  }

  static Stream<Named<List<Vectors.Row>>> fractional() {
    return named("frac-");
  }

  static Stream<Named<List<Vectors.Row>>> uncommitting() {
    return named("unc-", "edge-uncommit");
  }

  static Stream<Named<List<Vectors.Row>>> clockGoingBack() {
    return named("back-");
  }

  /** The original's bucket, with or without truncating the stored excess to 1/1000 request. */
  private static final class Original {
    private final Map<String, BigDecimal[]> states = new HashMap<>();
    private final boolean cuts;

    Original(boolean cuts) {
      this.cuts = cuts;
    }

    /** Returns the delay in milliseconds, or null if rejected. */
    @Nullable BigDecimal ask(Vectors.Row row) {
      BigDecimal rate = new BigDecimal(row.p1());
      BigDecimal now = BigDecimal.valueOf(row.millis());
      BigDecimal[] state = states.get(row.key());
      BigDecimal excess = BigDecimal.ZERO;
      if (state != null) {
        BigDecimal drained = rate.multiply(now.subtract(state[1]).abs()).movePointLeft(3);
        excess = state[0].subtract(drained).add(BigDecimal.ONE).max(BigDecimal.ZERO);
      }
      if (excess.compareTo(new BigDecimal(row.p2())) > 0) {
        return null;
      }
      if (row.op().equals("1")) {
        BigDecimal stored = cuts ? excess.setScale(3, RoundingMode.DOWN) : excess;
        states.put(row.key(), new BigDecimal[] {stored, now});
      }
      return excess.movePointRight(3).divide(rate, MathContext.DECIMAL64);
    }
  }

  /** Returns the limiter for a case, in tenths of requests so that all values are integers. */
  private static KeyedLeakyBucket<String> inTenths(Vectors.Row first, ManualTicker ticker) {
    long permits = new BigDecimal(first.p1()).multiply(BigDecimal.valueOf(100)).longValueExact();
    long burst = new BigDecimal(first.p2()).multiply(BigDecimal.TEN).longValueExact();
    return KeyedLeakyBucket.<String>builder()
        .limit(
            Limit.of(permits, Duration.ofSeconds(10))
                .burst(burst + TENTHS - 1)
                .delayAfter(TENTHS - 1))
        .ticker(ticker)
        .build();
  }

  private static KeyedLeakyBucket<String> whole(Vectors.Row first, ManualTicker ticker) {
    return KeyedLeakyBucket.<String>builder()
        .limit(Limit.perSecond(Long.parseLong(first.p1())).burst(Long.parseLong(first.p2())))
        .ticker(ticker)
        .build();
  }

  private static void goTo(ManualTicker ticker, Vectors.Row row) {
    ticker.advanceNanos(Duration.ofMillis(row.millis()).toNanos() - ticker.read());
  }

  @ParameterizedTest
  @MethodSource("coreAndEdge")
  void keyedBucket_matchesTheOriginal(List<Vectors.Row> rows) {
    var ticker = new ManualTicker(Duration.ofMillis(rows.get(0).millis()).toNanos());
    KeyedLeakyBucket<String> bucket = whole(rows.get(0), ticker);
    for (Vectors.Row row : rows) {
      goTo(ticker, row);
      check(row, row.op().equals("1") ? bucket.check(row.key(), 1) : bucket.peek(row.key(), 1));
    }
  }

  @ParameterizedTest
  @MethodSource("coreAndEdge")
  void singleBuckets_matchTheOriginal(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    Limit limit = Limit.perSecond(Long.parseLong(first.p1())).burst(Long.parseLong(first.p2()));
    Map<String, LeakyBucket> buckets = new HashMap<>();
    for (Vectors.Row row : rows) {
      goTo(ticker, row);
      LeakyBucket bucket =
          buckets.computeIfAbsent(
              row.key(), k -> LeakyBucket.builder().limit(limit).ticker(ticker).build());
      check(row, row.op().equals("1") ? bucket.check(1) : bucket.peek(1));
    }
  }

  @ParameterizedTest
  @MethodSource("fractional")
  void fractionalRate_isExact_andTheOriginalsCutExplainsTheRest(List<Vectors.Row> rows) {
    var ticker = new ManualTicker(Duration.ofMillis(rows.get(0).millis()).toNanos());
    KeyedLeakyBucket<String> bucket = inTenths(rows.get(0), ticker);
    var cutting = new Original(true);
    var exact = new Original(false);
    for (Vectors.Row row : rows) {
      goTo(ticker, row);
      BigDecimal cut = cutting.ask(row);
      assertThat(cut != null).as("the model with the cut, %s", row).isEqualTo(row.isOk());
      if (cut != null) {
        assertThat(cut.doubleValue())
            .as("%s", row)
            .isCloseTo(Double.parseDouble(row.delay()), within(1e-5));
      }
      Decision decision =
          row.op().equals("1") ? bucket.check(row.key(), TENTHS) : bucket.peek(row.key(), TENTHS);
      BigDecimal expected = exact.ask(row);
      assertThat(decision.admitted()).as("%s", row).isEqualTo(expected != null);
      if (expected != null) {
        assertThat(decision.delay().toNanos() / 1e6)
            .as("%s", row)
            .isCloseTo(expected.doubleValue(), within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("uncommitting")
  void uncommit_refundsExactly_withinTheOriginalsEnvelope(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    KeyedLeakyBucket<String> bucket = whole(first, ticker);
    Deque<Reservation> open = new ArrayDeque<>();
    Deque<Long> kept = new ArrayDeque<>();
    long step = 1_000_000_000 / Long.parseLong(first.p1());
    for (Vectors.Row row : rows) {
      goTo(ticker, row);
      if (row.op().equals("u")) {
        if (!open.isEmpty()) {
          open.pop().cancel();
          kept.pop();
        }
        continue;
      }
      if (row.op().equals("1")) {
        Reservation reservation = bucket.reserve(row.key(), 1, Duration.ofDays(1));
        if (reservation.admitted()) {
          open.push(reservation);
          kept.push(ticker.read());
          long tat = 0;
          for (long time : kept.stream().sorted().toList()) {
            tat = Math.max(tat, time) + step;
          }
          assertThat(tat - ticker.read())
              .as("what was not given back stays within rate and burst, %s", row)
              .isLessThanOrEqualTo((Long.parseLong(first.p2()) + 1) * step);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("clockGoingBack")
  void clockGoingBack_neverDrains(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    KeyedLeakyBucket<String> bucket = whole(first, ticker);
    long step = 1_000_000_000 / Long.parseLong(first.p1());
    long burst = Long.parseLong(first.p2());
    var tats = new HashMap<String, Long>();
    var differences = new ArrayList<Vectors.Row>();
    long last = first.millis();
    boolean wentBack = false;
    for (Vectors.Row row : rows) {
      goTo(ticker, row);
      wentBack |= row.millis() < last;
      last = row.millis();
      long tat = tats.getOrDefault(row.key(), Long.MIN_VALUE);
      long backlog = // at most that of a full bucket, whatever the clock returns
          tat <= ticker.read() ? 0 : Math.min(tat - ticker.read(), (burst + 1) * step);
      Decision decision =
          row.op().equals("1") ? bucket.check(row.key(), 1) : bucket.peek(row.key(), 1);
      assertThat(decision.admitted()).as("%s", row).isEqualTo(backlog <= burst * step);
      if (decision.admitted()) {
        assertThat(decision.delay()).as("%s", row).isEqualTo(Duration.ofNanos(backlog));
      }
      boolean takes = decision.admitted() && row.op().equals("1");
      tats.put(row.key(), ticker.read() + backlog + (takes ? step : 0));
      if (decision.admitted() != row.isOk()) {
        differences.add(row);
        assertThat(wentBack).as("only the clock explains %s", row).isTrue();
      }
    }
    assertThat(differences).as("most answers agree").hasSizeLessThan(rows.size() / 2);
  }

  @Test
  void cases_areThere() {
    assertThat(coreAndEdge().count()).isGreaterThan(10);
    assertThat(coreAndEdge().mapToLong(c -> c.getPayload().size()).sum()).isGreaterThan(150);
    assertThat(fractional().count()).isEqualTo(3);
    assertThat(uncommitting().count()).isEqualTo(3);
    assertThat(clockGoingBack().count()).isEqualTo(2);
    assertThat(clockGoingBack().map(Named::getPayload))
        .anyMatch(rows ->
            IntStream.range(1, rows.size())
                .anyMatch(i -> rows.get(i).millis() < rows.get(i - 1).millis()));
  }

  private static void check(Vectors.Row row, Decision decision) {
    assertThat(decision.admitted()).as("%s", row).isEqualTo(row.isOk());
    if (decision.admitted()) {
      assertThat(decision.delay().toNanos() / 1e6)
          .as("%s", row)
          .isCloseTo(Double.parseDouble(row.delay()), within(2e-4));
    }
  }
}
