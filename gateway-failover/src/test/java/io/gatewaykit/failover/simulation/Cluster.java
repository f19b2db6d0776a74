// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Ten independent gateways in front of ten servers with four workers each; log-normal service times
 * with a mean of 10 ms, 70 % load, no timeouts and no health checks, so that only the balancer is
 * measured.
 */
final class Cluster {
  static final int SERVERS = 10;
  private static final int GATEWAYS = 10;
  private static final int WORKERS = 4;
  private static final double SERVICE_NANOS = 10e6;
  private static final double SIGMA = 0.5;

  /** The fault of one server. */
  enum Fault {
    NONE,
    /** Server 3 is ten times slower. */
    SLOW,
    /** Server 3 starts no request for 2 s in each 15 s. */
    STALL,
    /** Server 3 fails after 1 ms. */
    FAST_FAILURE,
    /** Server 3 fails a fifth of its requests, at the usual speed. */
    GREY,
    /** Server 10 joins after 10 s and is five times slower for 5 s. */
    COLD
  }

  /** The result of a run. */
  record Result(double errorPercent, double p99Millis, double p999Millis, double shareOfFaulty) {}

  /** Creates the chooser of a gateway. */
  interface Factory {
    Chooser create(Simulation simulation, int servers, long seed);
  }

  private final Simulation simulation = new Simulation();
  private final Fault fault;
  private final Seeded random;
  private final List<Server> servers = new ArrayList<>();
  private final List<Chooser> gateways = new ArrayList<>();
  private final long warmUp;
  private final long end;
  private long[] latencies = new long[1 << 16];
  private int count;
  private long errors;
  private long faulty;

  /** Picks per second of the faulty server and of all servers, for charts. */
  final int[][] perSecond;

  private Cluster(Fault fault, Factory factory, int seconds, int seed) {
    this.fault = fault;
    random = new Seeded(20_260_801 + seed);
    warmUp = fault == Fault.COLD ? 10_000_000_000L : 5_000_000_000L;
    end = seconds * 1_000_000_000L;
    perSecond = new int[seconds + 1][2];
    for (int i = 0; i < SERVERS + 1; i++) {
      servers.add(new Server(i));
    }
    for (int i = 0; i < GATEWAYS; i++) {
      gateways.add(factory.create(simulation, SERVERS, 1000 + 100L * seed + i));
    }
  }

  static Cluster run(Fault fault, Factory factory, int seconds, int seed) {
    var cluster = new Cluster(fault, factory, seconds, seed);
    cluster.simulation.at(0, cluster::arrive);
    if (fault == Fault.COLD) {
      cluster.simulation.at(cluster.warmUp, () -> cluster.gateways.forEach(Chooser::grow));
    }
    cluster.simulation.runUntil(cluster.end);
    return cluster;
  }

  Result result() {
    long[] sorted = Arrays.copyOf(latencies, count);
    Arrays.sort(sorted);
    return new Result(
        100.0 * errors / count,
        sorted[(int) (count * 0.99)] / 1e6,
        sorted[(int) (count * 0.999)] / 1e6,
        100.0 * faulty / count);
  }

  private void arrive() {
    double rate = 0.7 * SERVERS * WORKERS / SERVICE_NANOS;
    simulation.in((long) (-StrictMath.log(1 - random.nextDouble()) / rate), this::arrive);
    long start = simulation.now();
    Chooser.Call call = gateways.get(random.nextInt(GATEWAYS)).choose();
    Server server = servers.get(call.server());
    boolean isFaulty = server.index == (fault == Fault.COLD ? SERVERS : 3);
    int second = (int) (start / 1_000_000_000L);
    perSecond[second][0] += isFaulty ? 1 : 0;
    perSecond[second][1]++;
    server.serve(success -> {
      call.end(success);
      if (start >= warmUp) {
        record(simulation.now() - start);
        errors += success ? 0 : 1;
        faulty += isFaulty ? 1 : 0;
      }
    });
  }

  private void record(long latency) {
    if (count == latencies.length) {
      latencies = Arrays.copyOf(latencies, 2 * count);
    }
    latencies[count++] = latency;
  }

  private interface Done {
    void end(boolean success);
  }

  private final class Server {
    private final int index;
    private final Deque<Done> queue = new ArrayDeque<>();
    private int busy;

    Server(int index) {
      this.index = index;
    }

    void serve(Done done) {
      if (fault == Fault.FAST_FAILURE && index == 3) {
        simulation.in(1_000_000, () -> done.end(false));
        return;
      }
      boolean fails = fault == Fault.GREY && index == 3 && random.nextInt(5) == 0;
      queue.add(fails ? success -> done.end(false) : done);
      begin();
    }

    private void begin() {
      long stalled = stalledFor();
      if (stalled > 0) {
        simulation.in(stalled, this::begin);
        return;
      }
      while (busy < WORKERS && !queue.isEmpty()) {
        Done done = queue.remove();
        busy++;
        simulation.in(
            serviceTime(),
            () -> {
              busy--;
              done.end(true);
              begin();
            });
      }
    }

    private long stalledFor() {
      if (fault != Fault.STALL || index != 3) {
        return 0;
      }
      long place = simulation.now() % 15_000_000_000L;
      return place < 2_000_000_000L ? 2_000_000_000L - place : 0;
    }

    private long serviceTime() {
      double normal = 0;
      for (int i = 0; i < 12; i++) {
        normal += random.nextDouble();
      }
      double nanos = SERVICE_NANOS * StrictMath.exp(SIGMA * (normal - 6) - SIGMA * SIGMA / 2);
      boolean cold = fault == Fault.COLD && index == SERVERS;
      if (cold && simulation.now() < warmUp + 5_000_000_000L) {
        return (long) (5 * nanos);
      }
      return (long) (fault == Fault.SLOW && index == 3 ? 10 * nanos : nanos);
    }
  }
}
