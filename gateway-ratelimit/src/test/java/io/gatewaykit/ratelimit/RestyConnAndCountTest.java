// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The results of resty.limit.conn and resty.limit.count, except where these count incorrectly. */
class RestyConnAndCountTest {
  static Stream<Named<List<Vectors.Row>>> conn() {
    return Vectors.cases("limit-conn.tsv");
  }

  static Stream<Named<List<Vectors.Row>>> count() {
    return Vectors.cases("limit-count.tsv");
  }

  @ParameterizedTest
  @MethodSource("conn")
  void concurrencyLimiter_matchesTheOriginal(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    ConcurrencyLimiter<String> limiter =
        ConcurrencyLimiter.<String>builder()
            .max(Integer.parseInt(first.p1()))
            .burst(Integer.parseInt(first.p2()))
            .usualLatency(seconds(first.p3()))
            .ticker(new ManualTicker())
            .build();
    Map<String, Deque<ConcurrencyPermit>> held = new HashMap<>();
    for (Vectors.Row row : rows) {
      var permits = held.computeIfAbsent(row.key(), k -> new ArrayDeque<>());
      if (row.op().equals("0")) {
        assertThat(limiter.peek(row.key()).isPresent()).as("%s", row).isEqualTo(row.isOk());
        limiter.peek(row.key()).ifPresent(delay -> checkDelay(row, delay));
      } else if (row.op().equals("1")) {
        var permit = limiter.tryAcquire(row.key());
        assertThat(permit.isPresent()).as("%s", row).isEqualTo(row.isOk());
        permit.ifPresent(p -> {
          checkDelay(row, p.delay());
          permits.push(p);
        });
      } else if (!permits.isEmpty()) {
        if (row.op().startsWith("l=")) {
          assertThat(permits.pop().release(seconds(row.op().substring(2)))).isTrue();
        } else {
          permits.pop().close();
        }
      }
      if (!row.value().equals("-") && Integer.parseInt(row.value()) <= 0) {
        // More departures than arrivals: the original's count becomes negative and admits more.
        // Here a permit is released at most once.
        assertThat(limiter.inUse(row.key())).as("%s", row).isEqualTo(permits.size());
      } else if (!row.value().equals("-") && !row.op().equals("0")) {
        assertThat(limiter.inUse(row.key())).as("%s", row).isEqualTo(Integer.parseInt(row.value()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("count")
  void windowCounter_answersAsTheOriginal(List<Vectors.Row> rows) {
    Vectors.Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    WindowCounter<String> counter =
        WindowCounter.<String>builder()
            .fixed(Limit.of(Long.parseLong(first.p1()), seconds(first.p2())))
            .ticker(ticker)
            .build();
    Map<String, Deque<Reservation>> asked = new HashMap<>();
    for (Vectors.Row row : rows) {
      // The original's windows end on a millisecond; these extend to the last nanosecond.
      ticker.advanceNanos(Duration.ofMillis(row.millis()).toNanos() - ticker.read());
      var reservations = asked.computeIfAbsent(row.key(), k -> new ArrayDeque<>());
      if (row.op().equals("u")) {
        if (!reservations.isEmpty()) {
          reservations.pop().cancel();
        }
        continue;
      }
      Decision decision;
      if (row.op().equals("1")) {
        reservations.push(counter.reserve(row.key(), 1, Duration.ZERO));
        decision = reservations.element().decision();
      } else {
        decision = counter.peek(row.key(), 1);
      }
      assertThat(decision.admitted()).as("%s", row).isEqualTo(row.isOk());
      if (row.isOk()) {
        assertThat(decision.remaining()).as("%s", row).isEqualTo(Long.parseLong(row.value()));
      }
    }
  }

  private static void checkDelay(Vectors.Row row, Duration delay) {
    assertThat(delay.toNanos() / 1e6)
        .as("%s", row)
        .isCloseTo(Double.parseDouble(row.delay()), within(1e-5));
  }

  private static Duration seconds(String number) {
    return Duration.ofNanos(Math.round(Double.parseDouble(number) * 1e9));
  }
}
