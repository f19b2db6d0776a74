// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.simulation.Cluster.Fault;
import io.gatewaykit.failover.simulation.Cluster.Result;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the balancer with models of others, with the same faults and seeds. */
@Tag("slow")
class ClusterTest {
  private static final int SECONDS = 30;
  private static final int RUNS = 7;

  static final Map<String, Cluster.Factory> CHOOSERS =
      new TreeMap<>(
          Map.of(
              "round robin",
              (simulation, servers, seed) -> Chooser.roundRobin(servers, seed),
              "open requests of two",
              Chooser::openRequestsOfTwo,
              "Finagle's peak EWMA",
              Chooser::finaglesPeakEwma,
              "ours",
              (simulation, servers, seed) ->
                  Chooser.ours(
                      simulation, Balancer.peakEwma(Duration.ofSeconds(10)), servers, seed)));

  @Test
  void slowNode_tailIsShorterThanThatOfBothModels() {
    Result ours = run(Fault.SLOW, "ours");
    assertThat(ours.p999Millis())
        .isLessThanOrEqualTo(0.9 * run(Fault.SLOW, "Finagle's peak EWMA").p999Millis());
    assertThat(ours.p999Millis())
        .isLessThanOrEqualTo(0.2 * run(Fault.SLOW, "open requests of two").p999Millis());
  }

  @Test
  void nodeThatFailsFast_doesNotAttractTraffic() {
    Result ours = run(Fault.FAST_FAILURE, "ours");
    Result finagle = run(Fault.FAST_FAILURE, "Finagle's peak EWMA");
    assertThat(finagle.errorPercent()).as("the fault affects the model").isGreaterThan(10);
    assertThat(ours.errorPercent()).isLessThanOrEqualTo(0.03 * finagle.errorPercent());
    assertThat(ours.errorPercent()).isLessThanOrEqualTo(0.5);
  }

  @Test
  void stallingNode_isAvoidedBeforeItsRequestsEnd() {
    assertThat(run(Fault.STALL, "ours").p99Millis()).isLessThan(60);
    assertThat(run(Fault.STALL, "round robin").p99Millis()).isGreaterThan(1000);
  }

  @Test
  void healthyServers_noWorseThanLeastRequest() {
    assertThat(run(Fault.NONE, "ours").p999Millis())
        .isLessThanOrEqualTo(1.15 * run(Fault.NONE, "open requests of two").p999Millis());
  }

  @Test
  void coldNode_isNotFlooded() {
    Result ours = run(Fault.COLD, "ours");
    assertThat(ours.p999Millis())
        .isLessThanOrEqualTo(0.6 * run(Fault.COLD, "open requests of two").p999Millis());
    assertThat(ours.shareOfFaulty()).isPositive();
  }

  private static Result run(Fault fault, String chooser) {
    return median(fault, requireNonNull(CHOOSERS.get(chooser)));
  }

  /**
   * The median of several runs: the random sequence of a group depends on the calling thread, so
   * that a single run is not reproducible across threads.
   */
  private static Result median(Fault fault, Cluster.Factory factory) {
    List<Result> runs =
        IntStream.range(0, RUNS)
            .mapToObj(seed -> Cluster.run(fault, factory, SECONDS, seed).result())
            .toList();
    return new Result(
        median(runs, Result::errorPercent),
        median(runs, Result::p99Millis),
        median(runs, Result::p999Millis),
        median(runs, Result::shareOfFaulty));
  }

  private static double median(List<Result> runs, ToDoubleFunction<Result> of) {
    return runs.stream().mapToDouble(of).sorted().skip(RUNS / 2).findFirst().orElseThrow();
  }

  /** Prints the table of the documentation: {@code java … ClusterTest}. */
  public static void main(String[] arguments) {
    for (Fault fault : Fault.values()) {
      CHOOSERS.forEach((name, factory) -> {
        Result result = median(fault, factory);
        System.out.printf(
            Locale.ROOT,
            "%-13s %-22s errors %5.2f %%  p99 %7.0f ms  p99.9 %7.0f ms  share %5.1f %%%n",
            fault,
            name,
            result.errorPercent(),
            result.p99Millis(),
            result.p999Millis(),
            result.shareOfFaulty());
      });
    }
  }
}
