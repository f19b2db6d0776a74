// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrometheusTextTest {
  private final PrometheusText text = new PrometheusText();

  @Test
  void samples_followTheirFamily() {
    text.family("calls_total", "counter", "Calls.");
    text.sample("calls_total", 3);
    text.sample("calls_total", 4, "group", "g", "node", "n");
    text.seconds("lag_seconds", 1_500_000, "group", "g");

    assertThat(text)
        .hasToString(
            """
            # HELP calls_total Calls.
            # TYPE calls_total counter
            calls_total 3
            calls_total{group="g",node="n"} 4
            lag_seconds{group="g"} 0.001500
            """);
  }

  @Test
  void label_isEscaped() {
    text.sample("x", 1, "id", "a\"b\\c\nd");

    assertThat(text).hasToString("x{id=\"a\\\"b\\\\c\\nd\"} 1\n");
  }
}
