// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** The code of docs/failover.md, compiled and run. */
class DocsSnippetsTest {
  private final URI hk1 = URI.create("http://hk1.example");
  private final URI hk2 = URI.create("http://hk2.example");
  private final URI us1 = URI.create("http://us1.example");

  @Test
  void trafficClasses() {
    URI dedicated = hk1;
    URI relay = hk2;
    Topology<URI> lines =
        Topology.<URI>builder()
            .line(
                "dedicated",
                line ->
                    line.traffic(
                            LineTraffic.only("notification")
                                .preferredBy("notification")
                                .withBudget(200_000))
                        .endpoint("hk-1", dedicated))
            .line("public", line -> line.endpoint("hk-2", relay))
            .build();
    try (FailoverGroup<URI> group = FailoverGroup.builder("lines", lines).build()) {
      var context = new SelectContext().trafficClass("notification").cost(1000);
      assertThat(group.explain(context).line()).isEqualTo("dedicated");
      assertThat(group.explain(new SelectContext()).line()).isEqualTo("public");
    }
  }

  @Test
  void snippets() throws Exception {
    FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("chat")
            .line(Line.of("dedicated-hk", 0, Endpoint.of("hk1", hk1), Endpoint.of("hk2", hk2)))
            .line(Line.of("public-us", 1, Endpoint.of("us1", us1)))
            .build();

    String body = group.execute(true, lease -> fetch(lease.payload()));

    Attempts<URI> attempts = group.begin(true);
    Lease<URI> lease = attempts.next();
    while (lease != null) { // null: no further attempt
      Outcome outcome = send(lease.payload());
      lease.end(outcome, OutcomeReport.NO_STATUS);
      lease = attempts.mayRetry(outcome) ? attempts.next() : null;
    }

    Topology<URI> topology =
        Topology.<URI>builder()
            .line(
                "dedicated-hk",
                line ->
                    line.provider("carrier A")
                        .capacity(2000)
                        .endpoint("hk1", hk1, 3)
                        .endpoint("hk2", hk2))
            .line("public-us", line -> line.priority(1).label("region", "us").endpoint("us1", us1))
            .build();
    TopologyChange change = group.update(topology); // added, removed and changed ids

    assertThat(change.changed()).containsExactly("hk1");
    assertThat(group.explain(new SelectContext()).toString()).contains("dedicated-hk");
    assertThat(body).isEqualTo("us1.example");
    assertThat(attempts.count()).isBetween(1, 3);
  }

  private static Outcome send(URI uri) {
    return uri.getHost().startsWith("hk") ? Outcome.CONNECT_FAILURE : Outcome.SUCCESS;
  }

  private static String fetch(URI uri) throws IOException {
    if (uri.getHost().startsWith("hk")) {
      throw new IOException("the line is down");
    }
    return uri.getHost();
  }
}
