// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import java.util.List;
import java.util.stream.IntStream;

/** The server selection of one gateway: a failover group, or a model of another implementation. */
abstract class Chooser {
  /** A request in flight at a server. */
  interface Call {
    int server();

    void end(boolean success);
  }

  abstract Call choose();

  /** Adds a server. */
  void grow() {}

  /** A failover group without ejection after consecutive failures: the balancer alone. */
  static Chooser ours(Simulation simulation, Balancer balancer, int servers, long seed) {
    FailoverGroup<Integer> group =
        FailoverGroup.<Integer>builder("g")
            .line(line(servers))
            .balancer(balancer)
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .ticker(simulation.ticker)
            .seed(seed)
            .build();
    return new Chooser() {
      private int size = servers;

      @Override
      Call choose() {
        Lease<Integer> lease = requireNonNull(group.select(new SelectContext()));
        return new Call() {
          @Override
          public int server() {
            return lease.payload();
          }

          @Override
          public void end(boolean success) {
            lease.end(success ? Outcome.SUCCESS : Outcome.FAILURE, 0);
          }
        };
      }

      @Override
      void grow() {
        size++;
        group.update(List.of(line(size)));
      }
    };
  }

  private static Line<Integer> line(int servers) {
    return new Line<>(
        "l", 0, IntStream.range(0, servers).mapToObj(i -> Endpoint.of("s" + i, i)).toList());
  }

  /** The lower cost of two random choices, by the cost function of a model. */
  private abstract static class OfTwo extends Chooser {
    final Simulation simulation;
    final Seeded random;
    int servers;
    final int[] open = new int[32];
    final double[] cost = new double[32];
    final long[] stamp = new long[32];

    OfTwo(Simulation simulation, int servers, long seed) {
      this.simulation = simulation;
      this.servers = servers;
      random = new Seeded(seed);
    }

    @Override
    void grow() {
      servers++;
    }

    abstract double load(int server);

    abstract void ended(int server, long latency);

    @Override
    Call choose() {
      int a = random.nextInt(servers);
      int b = (a + 1 + random.nextInt(servers - 1)) % servers;
      int chosen = load(a) <= load(b) ? a : b;
      long start = simulation.now();
      open[chosen]++;
      return new Call() {
        @Override
        public int server() {
          return chosen;
        }

        @Override
        public void end(boolean success) {
          open[chosen]--;
          ended(chosen, simulation.now() - start);
        }
      };
    }
  }

  /** gRPC's and Envoy's least request: open requests only. */
  static Chooser openRequestsOfTwo(Simulation simulation, int servers, long seed) {
    return new OfTwo(simulation, servers, seed) {
      @Override
      double load(int server) {
        return open[server];
      }

      @Override
      void ended(int server, long latency) {
        // Latency is not used here.
      }
    };
  }

  /** Finagle's peak EWMA: latency times open requests, regardless of the outcome. */
  static Chooser finaglesPeakEwma(Simulation simulation, int servers, long seed) {
    return new OfTwo(simulation, servers, seed) {
      private static final double TAU = 10e9;

      @Override
      double load(int server) {
        observe(server, 0);
        return cost[server] == 0 && open[server] > 0
            ? (double) (Long.MAX_VALUE >> 16) + open[server]
            : cost[server] * (open[server] + 1);
      }

      @Override
      void ended(int server, long latency) {
        observe(server, (double) latency);
      }

      private void observe(int server, double latency) {
        double w = StrictMath.exp(-(double) (simulation.now() - stamp[server]) / TAU);
        stamp[server] = simulation.now();
        cost[server] = latency > cost[server] ? latency : cost[server] * w + latency * (1 - w);
      }
    };
  }

  /** Plain round robin with a random start. */
  static Chooser roundRobin(int servers, long seed) {
    return new Chooser() {
      private int size = servers;
      private int next = new Seeded(seed).nextInt(servers);

      @Override
      void grow() {
        size++;
      }

      @Override
      Call choose() {
        int chosen = next++ % size;
        return new Call() {
          @Override
          public int server() {
            return chosen;
          }

          @Override
          public void end(boolean success) {}
        };
      }
    };
  }
}
