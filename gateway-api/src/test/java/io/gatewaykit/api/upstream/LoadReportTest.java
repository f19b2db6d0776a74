// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoadReportTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.73 | 0.73",
        "1.5 | 1.5",
        "0 | 0",
        "TEXT cpu_utilization=0.3,mem_utilization=0.8,rps_fractional=10.0,eps=1 | 0.3",
        "TEXT cpu_utilization=0.3,application_utilization=0.8 | 0.8",
        "TEXT application_utilization=0,cpu_utilization=0.3 | 0.3",
        "text cpu_utilization = 0.25 | 0.25",
        "JSON {\"cpu_utilization\": 0.3, \"named_metrics\": {\"q\": 3}} | 0.3",
        "JSON {\"cpu_utilization\":0.3,\"application_utilization\":1.2} | 1.2",
        "cpu_utilization=4e-1 | 0.4"
      })
  void parse_knownFormats_returnsTheUtilization(String value, double utilization) {
    assertThat(requireNonNull(LoadReport.parse(value)).utilization()).isEqualTo(utilization);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "NaN",
        "Infinity",
        "1e999",
        "-0.5",
        "BIN CZqZmZmZmbk/",
        "TEXT rps_fractional=10",
        "TEXT named_metrics.disk_cpu_utilization=0.9",
        "TEXT named_metrics.cpu_utilization=0.9",
        "JSON {\"gpu.cpu_utilization\": 0.9}",
        "TEXT cpu_utilization=abc",
        "TEXT cpu_utilization=-1",
        "TEXT cpu_utilization=1.2.3"
      })
  void parse_invalidOrWithoutUtilization_isNull(String value) {
    assertThat(LoadReport.parse(value)).isNull();
  }

  @Test
  void parse_longerThanAHeaderMayBe_isNull() {
    assertThat(LoadReport.parse("TEXT " + "x=1,".repeat(2_000) + "cpu_utilization=0.5")).isNull();
  }

  @Test
  void constructor_notAFraction_isRejected() {
    assertThatThrownBy(() -> new LoadReport(-1))
        .hasMessage("utilization: -1.0 (expected: at least 0, finite)");
    assertThatThrownBy(() -> new LoadReport(Double.NaN)).hasMessageContaining("NaN");
  }
}
