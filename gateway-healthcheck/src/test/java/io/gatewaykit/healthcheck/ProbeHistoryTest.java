// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.CheckerSnapshot.Ended;
import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeHistoryTest {
  private final ProbeHistory history = new ProbeHistory();

  @Test
  void probed_moreThanTheRingHolds_countsAllByResult() {
    for (int i = 0; i < 10; i++) {
      add(Cause.PASSED, 1_000);
    }
    add(Cause.DEGRADED, 500);
    add(Cause.STATUS, 20);
    add(Cause.TLS, 3);
    add(Cause.RESET, 4);
    add(Cause.TIMEOUT, 1_000_000);

    assertThat(history.probed())
        .isEqualTo(
            new CheckerSnapshot.Probed(
                ended(11, 10_500), ended(1, 20), ended(2, 7), ended(1, 1_000_000)));
    assertThat(history.count()).isEqualTo(15);
    assertThat(history.view(0))
        .extracting(PastProbe::cause)
        .startsWith(Cause.TIMEOUT, Cause.RESET, Cause.TLS)
        .hasSize(ProbeHistory.LENGTH);
  }

  private static Ended ended(long count, long nanos) {
    return new Ended(count, Duration.ofNanos(nanos));
  }

  private void add(Cause cause, long nanos) {
    history.add(new ProbeResult(cause, 0, nanos, "", null), 0);
  }
}
