// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.simulation.SixHours.Result;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the line switcher with a rule without damping. */
@Tag("slow")
class SixHoursTest {
  @Test
  void switches_areFewAndCostLittleLatency() {
    Result ours = new SixHours().run(SixHours.ours());
    Result lowest = new SixHours().run(SixHours.lowestEwma());
    assertThat(lowest.switches()).as("the fault affects the model").isGreaterThan(200);
    assertThat((double) ours.switches()).isLessThanOrEqualTo(0.08 * lowest.switches());
    assertThat(ours.excessMillis()).isLessThanOrEqualTo(lowest.excessMillis() + 3);
    assertThat(ours.stormSwitches()).isLessThanOrEqualTo(2);
    assertThat(ours.deadSeconds()).isLessThanOrEqualTo(1);
  }

  @Test
  void failback_noStepAboveAQuarterIn10Seconds_untilTheLastStage() {
    double[] shares = SixHours.failback(LineSwitcher.defaults(), 180, 30, 60);
    assertThat(shares[31]).isZero();
    assertThat(shares[89]).isZero();
    assertThat(shares[179]).isEqualTo(1);
    for (int i = 1; i < 115; i++) {
      assertThat(shares[i] - shares[i - 1]).isLessThanOrEqualTo(0.2502);
    }
  }

  /** Prints the table of the documentation. */
  public static void main(String[] arguments) {
    print("lowest EWMA", new SixHours().run(SixHours.lowestEwma()));
    print("ours", new SixHours().run(SixHours.ours()));
  }

  private static void print(String rule, Result result) {
    System.out.printf(
        Locale.ROOT,
        "%-12s %4d switches (%d in the storm), %.2f ms over the best, %d s on a dead line%n",
        rule,
        result.switches(),
        result.stormSwitches(),
        result.excessMillis(),
        result.deadSeconds());
  }
}
