// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.LoadReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Endpoints that report their load. Endpoint {@code e0} has half the capacity of the others. */
class ReportedLoadTest {
  private static final int PER_SECOND = 200;
  private static final int ENDPOINTS = 4;
  private static final double FULL_CAPACITY = 100;

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());

  private FailoverGroup<Integer> group(Balancer balancer, EndpointPolicy policy) {
    var endpoints = new ArrayList<Endpoint<Integer>>();
    for (int i = 0; i < ENDPOINTS; i++) {
      endpoints.add(Endpoint.of("e" + i, i));
    }
    return FailoverGroup.<Integer>builder("loaded")
        .line(new Line<>("a", 0, endpoints))
        .balancer(balancer)
        .endpoints(policy)
        .ticker(ticker)
        .seed(9)
        .build();
  }

  private static EndpointPolicy balanced() {
    return EndpointPolicy.builder().balanceLoad(Duration.ofMinutes(1)).build();
  }

  /** The source of the reports in a simulation. */
  private enum Source {
    RESPONSE,
    PROBE,
    NONE
  }

  /**
   * Sends requests for some seconds. The reported utilization is an average with a time constant of
   * five seconds. Returns the utilization of the endpoints at the end.
   */
  private double[] run(FailoverGroup<Integer> group, int seconds, Source source) {
    var utilization = new double[ENDPOINTS];
    for (int second = 0; second < seconds; second++) {
      var requests = new int[ENDPOINTS];
      for (int i = 0; i < PER_SECOND; i++) {
        ticker.advanceNanos(1_000_000_000L / PER_SECOND);
        Lease<Integer> lease = requireNonNull(group.select(new SelectContext()));
        int at = lease.payload();
        requests[at]++;
        if (source == Source.RESPONSE && second > 0) {
          lease.reportLoad(new LoadReport(utilization[at]));
        }
        lease.succeed(200);
      }
      for (int i = 0; i < ENDPOINTS; i++) {
        double current = requests[i] / (i == 0 ? FULL_CAPACITY / 2 : FULL_CAPACITY);
        utilization[i] = second == 0 ? current : utilization[i] * 0.8 + current * 0.2;
        if (source == Source.PROBE) {
          group.reportLoad("e" + i, new LoadReport(utilization[i]));
        }
      }
    }
    return utilization;
  }

  private static Stream<Balancer> balancers() {
    return Stream.of(Balancer.smoothWeighted(), Balancer.weightedRandom());
  }

  @ParameterizedTest
  @MethodSource("balancers")
  void select_loadsInResponses_utilizationBecomesEqual(Balancer balancer) {
    try (FailoverGroup<Integer> group = group(balancer, balanced())) {
      double[] before = run(group, 90, Source.RESPONSE);
      double[] utilization = run(group, 10, Source.RESPONSE);
      for (double each : utilization) {
        assertThat(each).as("%s", before).isBetween(0.48, 0.67); // 200 of 350 is 0.57
      }
    }
  }

  @Test
  void select_loadsOfProbes_utilizationBecomesEqualAndStaysSo() {
    try (FailoverGroup<Integer> group = group(Balancer.smoothWeighted(), balanced())) {
      for (int round = 0; round < 10; round++) {
        for (double each : run(group, 60, Source.PROBE)) {
          assertThat(each).as("round %d", round).isBetween(0.5, 0.65);
        }
      }
    }
  }

  @Test
  void select_reportsEnd_returnsToTheConfiguredWeights() {
    try (FailoverGroup<Integer> group = group(Balancer.smoothWeighted(), balanced())) {
      run(group, 90, Source.RESPONSE);
      run(group, 180, Source.NONE);
      assertThat(run(group, 60, Source.NONE)[0]).as("a quarter of 200").isBetween(0.95, 1.05);
    }
  }

  @Test
  void select_balanceLoadNotSet_ignoresReports() {
    try (FailoverGroup<Integer> group =
        group(Balancer.smoothWeighted(), EndpointPolicy.defaults())) {
      assertThat(run(group, 60, Source.RESPONSE)[0]).isBetween(0.99, 1.01);
    }
  }

  @Test
  void select_consistentHash_keepsItsMapping() {
    try (FailoverGroup<Integer> group = group(Balancer.consistentHash(), balanced())) {
      Map<Long, Integer> before = mapping(group);
      for (int i = 0; i < 60; i++) {
        group.reportLoad("e0", new LoadReport(1));
        group.reportLoad("e1", new LoadReport(0.1));
        ticker.advance(Duration.ofSeconds(1));
        requireNonNull(group.select(new SelectContext().key(i))).close();
      }
      assertThat(mapping(group)).isEqualTo(before);
    }
  }

  private static Map<Long, Integer> mapping(FailoverGroup<Integer> group) {
    var mapping = new HashMap<Long, Integer>();
    for (long key = 0; key < 500; key++) {
      mapping.put(key, requireNonNull(group.pick(new SelectContext().key(key))).payload());
    }
    return mapping;
  }

  @Test
  void select_extremeReports_everyEndpointKeepsAShare() {
    try (FailoverGroup<Integer> group = group(Balancer.smoothWeighted(), balanced())) {
      var picks = new int[ENDPOINTS];
      for (int i = 0; i < 40_000; i++) {
        ticker.advance(Duration.ofMillis(5));
        Lease<Integer> lease = requireNonNull(group.select(new SelectContext()));
        picks[lease.payload()]++;
        lease.reportLoad(new LoadReport(lease.payload() == 0 ? 1e300 : 0));
        lease.succeed(200);
      }
      assertThat(picks[0]).isBetween(100, 4_000);
      assertThat(picks[1]).isGreaterThan(10_000);
      assertThat(picks[2]).isGreaterThan(10_000);
      group.reportLoad("unknown", new LoadReport(1));
    }
  }

  @Test
  void balanceLoad_outOfRange_isRejected() {
    assertThatThrownBy(() -> EndpointPolicy.builder().balanceLoad(Duration.ZERO))
        .hasMessageContaining("staleAfter: PT0S");
  }
}
