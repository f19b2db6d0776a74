// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.CalendarPeriod;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.WindowCounterBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kind of a window, and its encoding in the arguments of {@code window.lua}.
 *
 * <p>The script has no time-zone data. It receives the starts of four periods around the current
 * one by this node's clock, and selects the window by the server's. All nodes thus count in the
 * same window while their clocks are within one period of the server's.
 */
final class WindowShape {
  private static final int STARTS = 4;

  /** F (fixed), E (estimated), P (in parts) or D (by dates). */
  final char letter;

  private final @Nullable CalendarPeriod period;
  private volatile @Nullable Starts starts;

  private record Starts(Instant from, Instant until, List<String> texts) {}

  private WindowShape(char letter, @Nullable CalendarPeriod period) {
    this.letter = letter;
    this.period = period;
  }

  static WindowShape of(char letter) {
    return new WindowShape(letter, null);
  }

  static WindowShape of(CalendarPeriod period) {
    return new WindowShape('D', period);
  }

  /** Returns whether the wait of a rejected cost above 1 is independent of other requests. */
  boolean hasOneEnd() {
    return letter == 'F' || letter == 'D';
  }

  /** Appends the kind and the starts of the periods around the current one. */
  void describe(List<String> arguments, InstantSource clock) {
    arguments.add(String.valueOf(letter));
    if (period != null) {
      arguments.addAll(starts(period, clock.instant()).texts);
    }
  }

  private Starts starts(CalendarPeriod of, Instant now) {
    Starts known = starts;
    if (known == null || now.isBefore(known.from) || !now.isBefore(known.until)) {
      var texts = new String[STARTS];
      for (int i = 0; i < STARTS; i++) {
        texts[i] = Long.toString(of.start(now, i - 1).getEpochSecond());
      }
      known = new Starts(of.start(now, 0), of.start(now, 1), List.of(texts));
      starts = known;
    }
    return known;
  }

  /** Adds a local window of this kind. */
  <K> void addTo(WindowCounterBuilder<K> counter, Limit limit) {
    WindowCounterBuilder<K> ignored =
        switch (letter) {
          case 'F' -> counter.fixed(limit);
          case 'E' -> counter.slidingEstimate(limit);
          case 'P' -> counter.sliding(limit);
          default -> {
            CalendarPeriod dates = requireNonNull(period);
            yield counter.calendar(limit.permits(), dates.unit(), dates.zone());
          }
        };
  }
}
