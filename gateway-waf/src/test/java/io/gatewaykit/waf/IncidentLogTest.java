// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.Route;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class IncidentLogTest {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");

  private final IncidentLog log = new IncidentLog(2, () -> NOW);
  private final Waf waf = Waf.builder().mode(WafMode.DETECT).listener(log).build();

  @Test
  void incident_ofAGuardedRequest_hasTimeClientMethodPathAndRoute() throws UnknownHostException {
    RequestHead request =
        RequestHead.builder("PUT", "/pages/7?q=<script>alert(1)</script>")
            .client(InetAddress.getByName("192.0.2.7"))
            .build();
    request.attributes().set(Route.SELECTED, "pages");
    GuardChain.of(WafGuard.builder(waf).build()).begin().head(request);

    Incident incident = log.incidents().get(0);
    assertThat(incident.time()).isEqualTo(NOW);
    assertThat(incident.client()).isEqualTo("192.0.2.7");
    assertThat(incident.method()).isEqualTo("PUT");
    assertThat(incident.path()).isEqualTo("/pages/7");
    assertThat(incident.route()).isEqualTo("pages");
    assertThat(incident.result().wouldBlock()).isTrue();
    assertThat(incident.id()).isEqualTo(incident.result().incident());
  }

  @Test
  void incident_ofHeadAndBody_isRetainedOnce() {
    Headers form = Headers.of("Content-Type", "application/x-www-form-urlencoded");
    byte[] body = "f=../../../etc/passwd".getBytes(UTF_8);
    WafResult result =
        waf.inspect(WafRequest.of("POST", "/?q=<script>alert(1)</script>", form, body));
    assertThat(log.incidents()).extracting(Incident::result).containsExactly(result);
  }

  @Test
  void incidents_beyondTheCapacity_evictTheOldest() {
    for (int i = 0; i < 5; i++) {
      waf.inspect(WafRequest.of("GET", "/" + i + "?q=<script>alert(1)</script>", Headers.empty()));
    }
    assertThat(log.incidents()).extracting(Incident::path).containsExactly("/4", "/3");
    assertThatThrownBy(() -> new IncidentLog(0)).hasMessage("capacity: 0 (expected: 1..10000)");
  }

  @Test
  void incident_ofLongTexts_isBounded() {
    String path = "/" + "a".repeat(5_000);
    waf.inspect(
        WafRequest.of("M".repeat(900), path + "?q=<script>alert(1)</script>", Headers.empty()));
    assertThat(log.incidents().get(0).path()).hasSize(256);
    assertThat(log.incidents().get(0).method()).hasSize(32);
  }
}
