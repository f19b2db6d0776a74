// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Measures the share of a token quota that callers of a language model can use. Each request
 * reserves its maximum number of tokens and settles to the number used, 30 % on average, when its
 * response is complete, about ten seconds later. Requests arrive at random at 0.9 of the quota, for
 * keys chosen at random. Simulated time; the same arrivals for each limiter. Prints a Markdown
 * table; higher is better, and at most 90 % is offered.
 */
public final class TokenSimulation {
  private static final long RATE = 10_000; // tokens per second and key
  private static final long BURST = 300_000;
  private static final long MAX_TOKENS = 4_000;
  private static final double OFFERED = 0.9;
  private static final Duration LENGTH = Duration.ofSeconds(200);
  private static final double LATENCY_SECONDS = 10;
  private static final int[] KEYS = {100, 500, 2_000};

  private TokenSimulation() {}

  /** Reserves the maximum of a request. */
  @FunctionalInterface
  private interface Limiter {
    /** Returns the settlement of an admitted request, or null. */
    @Nullable Settlement reserve(int key);
  }

  /** Settles a request to the tokens that it used. */
  @FunctionalInterface
  private interface Settlement {
    void settle(long used);
  }

  private record Completion(long at, Settlement settlement, long used) {}

  /** Runs all simulations. */
  public static void main(String[] args) {
    System.out.println("| tokens used, % of the quota | 100 keys | 500 keys | 2000 keys |");
    System.out.println("|---|---:|---:|---:|");
    print("GatewayKit `KeyedLeakyBucket`", false);
    print("GatewayKit `KeyedLeakyBucket`, `exactKeys`", true);
    print("Bucket4j, `addTokens` of the rest", null);
  }

  private static void print(String name, @Nullable Boolean exactKeys) {
    var row = new StringBuilder("| ").append(name);
    for (int keys : KEYS) {
      var ticker = new ManualTicker();
      Limiter limiter =
          exactKeys == null ? bucket4j(keys, ticker) : gatewayKit(keys, ticker, exactKeys);
      row.append(String.format(Locale.ROOT, " | %.1f", 100 * share(limiter, ticker, keys)));
    }
    System.out.println(row.append(" |"));
  }

  private static Limiter gatewayKit(int keys, ManualTicker ticker, boolean exactKeys) {
    KeyedLeakyBucket.Builder<Integer> builder =
        KeyedLeakyBucket.<Integer>builder()
            .limit(Limit.perSecond(RATE).burst(BURST - 1).nodelay())
            .maxKeys(Math.max(1_000, 4 * keys))
            .ticker(ticker);
    KeyedLeakyBucket<Integer> buckets = (exactKeys ? builder.exactKeys() : builder).build();
    return key -> {
      Reservation reservation = buckets.reserve(key, MAX_TOKENS, Duration.ZERO);
      return reservation.admitted() ? reservation::settle : null;
    };
  }

  private static Limiter bucket4j(int keys, ManualTicker ticker) {
    TimeMeter meter =
        new TimeMeter() {
          @Override
          public long currentTimeNanos() {
            return ticker.read();
          }

          @Override
          public boolean isWallClockBased() {
            return false;
          }
        };
    List<Bucket> buckets = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      buckets.add(
          Bucket.builder()
              .addLimit(limit -> limit.capacity(BURST).refillGreedy(RATE, Duration.ofSeconds(1)))
              .withCustomTimePrecision(meter)
              .build());
    }
    return key -> {
      Bucket bucket = buckets.get(key);
      return bucket.tryConsume(MAX_TOKENS) ? used -> bucket.addTokens(MAX_TOKENS - used) : null;
    };
  }

  private static double share(Limiter limiter, ManualTicker ticker, int keys) {
    var random = new SplittableRandom(1);
    var inFlight = new PriorityQueue<>(Comparator.comparingLong(Completion::at));
    double meanUsed = 0.3 * MAX_TOKENS;
    double requestsPerNano = keys * RATE * OFFERED / meanUsed / 1e9;
    long used = 0;
    long now = 0;
    while (true) {
      long next = now + (long) (-Math.log(1 - random.nextDouble()) / requestsPerNano);
      while (!inFlight.isEmpty() && inFlight.peek().at() <= next) {
        Completion completion = inFlight.poll();
        ticker.advance(Duration.ofNanos(completion.at() - now));
        now = completion.at();
        completion.settlement().settle(completion.used());
      }
      if (next > LENGTH.toNanos()) {
        return used / (double) (keys * RATE * LENGTH.toSeconds());
      }
      ticker.advance(Duration.ofNanos(next - now));
      now = next;
      int key = random.nextInt(keys);
      long tokens = 1 + (long) (2 * meanUsed * random.nextDouble());
      long latency = (long) (LATENCY_SECONDS * 1e9 * (0.2 + 1.6 * random.nextDouble()));
      Settlement settlement = limiter.reserve(key);
      if (settlement != null) {
        used += tokens;
        inFlight.add(new Completion(now + latency, settlement, tokens));
      }
    }
  }
}
