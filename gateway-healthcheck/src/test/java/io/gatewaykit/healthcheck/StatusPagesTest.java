// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.status.HtmlStatus;
import io.gatewaykit.healthcheck.status.JsonStatus;
import io.gatewaykit.healthcheck.status.PrometheusStatus;
import io.gatewaykit.healthcheck.status.TextStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The output for status pages and scrapers. */
class StatusPagesTest {
  private static final String WICKED = "<script>\"\\\n'&";

  private final VirtualNetwork network = new VirtualNetwork();
  private HealthChecker checker;

  @BeforeEach
  void start() throws UnknownHostException {
    checker =
        network
            .checker()
            .passive(
                PassiveRules.builder()
                    .thresholds(Thresholds.riseFall(1, 1))
                    .suspicion(Suspicion.COUNT)
                    .build())
            .schedule(ProbeSchedule.every(Duration.ofSeconds(1)))
            .build();
    checker.setTargets(
        List.of(target("a", 1), target("b", 2), target(WICKED, 3), target("spare", 4).asBackup()));
    network.pass(Duration.ofSeconds(2));
    checker.report("b", Outcome.CONNECT_FAILURE, 0, 1);
  }

  @AfterEach
  void close() {
    checker.close();
    network.close();
  }

  private static Target target(String id, int last) throws UnknownHostException {
    byte[] ip = {10, 0, 0, (byte) last};
    return new Target(id, new InetSocketAddress(InetAddress.getByAddress(ip), 8080));
  }

  @Test
  void text_hasTheLayoutOfTheOriginal() {
    String one =
        """
        Upstream virtual
            Primary Peers
                10.0.0.1:8080 UP
                10.0.0.2:8080 DOWN
                10.0.0.3:8080 UP
            Backup Peers
                10.0.0.4:8080 UP
        """;
    assertThat(TextStatus.render(checker.snapshot())).isEqualTo(one);
    CheckerSnapshot snapshot = checker.snapshot();
    assertThat(TextStatus.render(List.of(snapshot, snapshot))).isEqualTo(one + "\n" + one);
  }

  @DisplayName("T88: html escapes all values and runs no script")
  @Test
  void html_escapesWhatIsNotItsOwn_andRunsNothing() {
    String html = HtmlStatus.render(checker.snapshot());
    assertThat(html)
        .startsWith("<!DOCTYPE html>")
        .doesNotContain("<script")
        .contains("&lt;script&gt;&quot;\\ &#39;&amp;")
        .contains("<td class=\"down\">unhealthy")
        .contains("traffic: CONNECT_FAILURE");
  }

  @DisplayName("T88: json is ASCII and escaped")
  @Test
  void json_isAsciiAndEscaped() {
    String json = JsonStatus.render(checker.snapshot());
    assertThat(json)
        .matches("[ -~]+")
        .contains("\"id\":\"\\u003cscript\\u003e\\\"\\\\\\u000a'\\u0026\"")
        .contains("\"role\":\"backup\"")
        .contains("\"history\":[{\"cause\":\"passed\",\"status\":200,");
  }

  @DisplayName("T88: prometheus declares each family once, with escaped labels")
  @Test
  void prometheus_declaresEachFamilyOnce_withEscapedLabels() {
    CheckerSnapshot snapshot = checker.snapshot();
    String text = PrometheusStatus.render(List.of(snapshot, snapshot));
    var types = new ArrayList<String>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE")) {
        types.add(line);
      } else if (!line.startsWith("#")) {
        assertThat(line).matches("[a-z_]+\\{([a-z]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\",?)+\\} [0-9.]+");
      }
    }
    assertThat(types).doesNotHaveDuplicates().hasSize(9);
    assertThat(text)
        .contains(
            "gateway_healthcheck_target_up{group=\"virtual\",node=\"b\",address=\"10.0.0.2:8080\","
                + "role=\"primary\"} 0")
        .contains("node=\"<script>\\\"\\\\\\n'&\"")
        .contains("gateway_healthcheck_transitions_total{group=\"virtual\",to=\"unhealthy\"} 1");
  }
}
