// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Attempts;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.failover.simulation.Cluster.Fault;
import io.gatewaykit.failover.simulation.PicturesTest.Picture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Simulated outages, on a virtual clock with fixed seeds, and their charts. */
final class OutagePictures {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;

  private OutagePictures() {}

  // ---- a line that loses packets

  private record Attempt(long end, Lease<String> lease, Outcome outcome) {}

  /**
   * Returns the share of a clean relay of 150 ms in each second, compared with a direct line of 140
   * ms that loses 10 % of its requests from second 60 on.
   */
  static double[] relayShare(LineSwitcher switcher, int seconds) {
    var ticker = new ManualTicker(SECOND);
    var random = new Seeded(5);
    var open = new PriorityQueue<Attempt>(Comparator.comparingLong(Attempt::end));
    var share = new double[seconds];
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("chat")
            .line(Line.of("direct", 0, Endpoint.of("d1", "d1"), Endpoint.of("d2", "d2")))
            .line(Line.of("relay", 1, Endpoint.of("r1", "r1")))
            .ticker(ticker)
            .lines(LinePolicy.builder().switcher(switcher).build())
            .endpoints(EndpointPolicy.builder().maxFails(20).build())
            .seed(3)
            .build()) {
      for (int i = 0; i < seconds * 100; i++) {
        ticker.advanceNanos(10 * MILLI);
        Lease<String> lease = requireNonNull(group.select(new SelectContext()));
        boolean direct = lease.line().equals("direct");
        share[i / 100] += direct ? 0 : 0.01;
        boolean lost = direct && i >= 6000 && random.nextInt(10) == 0;
        long millis = lost ? 2000 : (direct ? 133 : 143) + random.nextInt(14);
        open.add(
            new Attempt(
                ticker.read() + millis * MILLI, lease, lost ? Outcome.TIMEOUT : Outcome.SUCCESS));
        while (!open.isEmpty() && open.element().end <= ticker.read()) {
          Attempt attempt = open.remove();
          attempt.lease.end(attempt.outcome, 0);
        }
      }
    }
    return share;
  }

  static Picture lossyLine() {
    String svg =
        new SvgChart(
                "Share of a clean relay while the direct line loses 10 % of the requests from 60 s",
                "seconds", 1, List.of("0 %", "25 %", "50 %", "75 %", "100 %"))
            .add("loss is compared", relayShare(LineSwitcher.defaults(), 181))
            .add(
                "availability only",
                relayShare(LineSwitcher.builder().rollBack(1, 1000).build(), 181))
            .render();
    return new Picture("failover-lossy-line.svg", svg);
  }

  // ---- retries in three tiers

  /** A retry limit of a fifth of the requests in a window of ten seconds, as a comparison. */
  private static final class WindowLimit {
    private long window = -1;
    private int requests;
    private int lastRequests;
    private int retries;

    void request(long now) {
      if (now / (10 * SECOND) != window) {
        window = now / (10 * SECOND);
        lastRequests = requests;
        requests = 0;
        retries = 0;
      }
      requests++;
    }

    boolean tryRetry() {
      return ++retries <= Math.max(requests, lastRequests) / 5;
    }
  }

  /** Calls the next tier; returns whether it succeeded. */
  private static boolean callTier(
      List<Predicate<BooleanSupplier>> tiers, int tier, boolean works, long[] calls) {
    if (tier == tiers.size()) {
      calls[0]++;
      return works;
    }
    return tiers.get(tier).test(() -> callTier(tiers, tier + 1, works, calls));
  }

  /** Returns the calls per request in each second; all fail from second 20 on. */
  private static double[] storm(
      List<Predicate<BooleanSupplier>> tiers, ManualTicker ticker, int seconds) {
    var calls = new long[1];
    var perRequest = new double[seconds];
    for (int ms = 0; ms < seconds * 1000; ms++) {
      ticker.advanceNanos(MILLI);
      long before = calls[0];
      boolean unused = callTier(tiers, 0, ms < 20_000, calls);
      perRequest[ms / 1000] += (calls[0] - before) / 1000.0;
    }
    return perRequest;
  }

  /** Returns the calls per request of three tiers of groups with this policy. */
  static double[] retryStorm(RetryPolicy policy, int seconds) {
    var ticker = new ManualTicker(SECOND);
    var tiers = new ArrayList<Predicate<BooleanSupplier>>();
    var groups = new ArrayList<FailoverGroup<String>>();
    for (int i = 0; i < 3; i++) {
      FailoverGroup<String> group =
          FailoverGroup.<String>builder("tier-" + i)
              .line(
                  Line.of(
                      "l", 0, Endpoint.of("a", "a"), Endpoint.of("b", "b"), Endpoint.of("c", "c")))
              .retry(policy)
              .ticker(ticker)
              .seed(i)
              .build();
      groups.add(group);
      tiers.add(call -> attempt(group, call));
    }
    double[] calls = storm(tiers, ticker, seconds);
    groups.forEach(FailoverGroup::close);
    return calls;
  }

  private static boolean attempt(FailoverGroup<String> group, BooleanSupplier call) {
    Attempts<String> attempts = group.begin(true);
    for (Lease<String> lease = attempts.next(); lease != null; lease = attempts.next()) {
      if (call.getAsBoolean()) {
        lease.succeed(200);
        return true;
      }
      lease.end(Outcome.FAILURE, 500);
    }
    return false;
  }

  /** Returns the calls per request of three tiers that limit retries per window. */
  private static double[] windowStorm(int seconds) {
    var ticker = new ManualTicker(SECOND);
    var tiers = new ArrayList<Predicate<BooleanSupplier>>();
    for (int i = 0; i < 3; i++) {
      var limit = new WindowLimit();
      tiers.add(call -> {
        limit.request(ticker.read());
        boolean done = call.getAsBoolean();
        for (int retry = 0; retry < 2 && !done && limit.tryRetry(); retry++) {
          done = call.getAsBoolean();
        }
        return done;
      });
    }
    return storm(tiers, ticker, seconds);
  }

  private static double[] scaled(double[] values, double max) {
    return Arrays.stream(values).map(value -> Math.min(1, value / max)).toArray();
  }

  static Picture retryStorm() {
    String svg =
        new SvgChart(
                "Calls per request behind three tiers; all calls fail from 20 s on",
                "seconds",
                1,
                List.of("0", "3", "6", "9", "12"))
            .add("retry budget", scaled(retryStorm(RetryPolicy.defaults(), 61), 12))
            .add("20 % per 10 s window", scaled(windowStorm(61), 12))
            .render();
    return new Picture("failover-retry-storm.svg", svg);
  }

  // ---- a server that fails a fifth of its requests

  static Picture greyFailure() {
    var chart =
        new SvgChart(
            "Traffic that goes to a server failing 20 % of its requests, one of ten",
            "seconds", 1, List.of("0 %", "4 %", "8 %", "12 %", "16 %"));
    for (String name : List.of("ours", "Finagle's peak EWMA", "round robin")) {
      int[][] seconds =
          Cluster.run(Fault.GREY, requireNonNull(ClusterTest.CHOOSERS.get(name)), 20, 0).perSecond;
      double[] shares =
          Arrays.stream(seconds, 0, 20).mapToDouble(s -> (double) s[0] / s[1] / 0.16).toArray();
      chart.add(name.equals("ours") ? "peakEwma()" : name, shares);
    }
    return new Picture("failover-grey-failure.svg", chart.render());
  }

  // ---- a server that becomes slower

  /** A server with 20 workers that needs 50 ms for a request, and 250 ms from second 20 to 60. */
  private static final class Overload {
    private static final int WORKERS = 20;
    private static final int TIMEOUT_SECONDS = 2;

    private final Simulation simulation = new Simulation();
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private final FailoverGroup<String> group;
    private final double[] good;
    private int busy;

    Overload(EndpointPolicy policy, int seconds) {
      good = new double[seconds];
      group =
          FailoverGroup.<String>builder("slow")
              .line(Line.of("l", 0, Endpoint.of("s", "s")))
              .endpoints(policy)
              .ticker(simulation.ticker)
              .seed(1)
              .build();
    }

    double[] run() {
      simulation.at(0, this::arrive);
      simulation.runUntil(good.length * SECOND - 1);
      group.close();
      return good;
    }

    /** 200 requests per second, which is half of the capacity and later 2.5 times of it. */
    private void arrive() {
      simulation.in(5 * MILLI, this::arrive);
      Lease<String> lease = group.select(new SelectContext());
      if (lease != null) {
        long start = simulation.now();
        queue.add(() -> finish(lease, start));
        serve();
      }
    }

    private void serve() {
      if (busy < WORKERS && !queue.isEmpty()) {
        busy++;
        Runnable request = queue.remove();
        long second = simulation.now() / SECOND;
        simulation.in(
            (second >= 20 && second < 60 ? 250 : 50) * MILLI,
            () -> {
              busy--;
              request.run();
              serve();
            });
      }
    }

    /** The client has given up after two seconds, but the server has done the work. */
    private void finish(Lease<String> lease, long start) {
      boolean inTime = simulation.now() - start < TIMEOUT_SECONDS * SECOND;
      lease.end(inTime ? Outcome.SUCCESS : Outcome.TIMEOUT, 0);
      if (inTime) {
        good[(int) (simulation.now() / SECOND)]++;
      }
    }
  }

  /** Returns the successful requests per second, with or without the adaptive limit. */
  static double[] goodput(boolean limited, int seconds) {
    EndpointPolicy.Builder policy = EndpointPolicy.builder().maxFails(1000);
    if (limited) {
      policy.adaptiveLimit(() -> AdaptiveLimit.between(30, 5, 200));
    }
    return new Overload(policy.build(), seconds).run();
  }

  static Picture adaptiveLimit() {
    String svg =
        new SvgChart(
                "Successes per second of a server that is five times slower from 20 s to 60 s",
                "seconds",
                1,
                List.of("0", "50", "100", "150", "200"))
            .add("adaptiveLimit", scaled(goodput(true, 121), 200))
            .add("no limit", scaled(goodput(false, 121), 200))
            .render();
    return new Picture("failover-adaptive-limit.svg", svg);
  }
}
