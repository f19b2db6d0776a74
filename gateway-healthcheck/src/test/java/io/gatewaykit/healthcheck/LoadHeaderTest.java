// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The load that a target reports in the responses to probes. */
class LoadHeaderTest {
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nEndpoint-Load-Metrics: %s\r\nContent-Length: 0\r\n\r\n";

  private static HealthChecker checker(
      ProbeEngine engine, BiConsumer<String, LoadReport> listener) {
    return HealthChecker.builder("load")
        .engine(engine)
        .probe(HttpProbe.builder("/").loadHeader(LoadReport.HEADER, listener).build())
        .schedule(ProbeSchedule.every(Duration.ofMillis(50)))
        .build();
  }

  @Test
  void loadHeader_inTheResponse_isReportedWithTheTarget() throws IOException {
    List<String> loads = new CopyOnWriteArrayList<>();
    try (var server = new AnsweringServer(RESPONSE.formatted("TEXT cpu_utilization=0.25"));
        var engine = ProbeEngine.builder().build();
        var checker = checker(engine, (id, load) -> loads.add(id + " " + load.utilization()))) {
      checker.setTargets(List.of(new Target("a", server.address())));
      await().until(() -> loads.size() >= 2);
      assertThat(loads).containsOnly("a 0.25");
    }
  }

  @Test
  void loadHeader_listenerThrowsOrValueIsInvalid_probePasses() throws IOException {
    try (var server = new AnsweringServer(RESPONSE.formatted("0.5"));
        var invalid = new AnsweringServer(RESPONSE.formatted("TEXT nothing"));
        var engine = ProbeEngine.builder().build();
        var checker =
            checker(
                engine,
                (id, load) -> {
                  throw new IllegalStateException(id);
                })) {
      checker.setTargets(
          List.of(new Target("a", server.address()), new Target("b", invalid.address())));
      await().until(() -> checker.health("a") == Health.HEALTHY);
      await().until(() -> checker.health("b") == Health.HEALTHY);
    }
  }

  @Test
  void loadHeader_notAToken_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HttpProbe.builder("/").loadHeader("a b", (id, load) -> {}))
        .withMessage("loadHeader: \"a b\" (expected: a token)");
  }
}
