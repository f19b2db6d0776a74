// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.simulation.Cluster.Fault;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The statements of the documentation about the simulated outages of {@link OutagePictures}. */
class OutagesTest {
  private static double mean(double[] values, int from, int to) {
    return Arrays.stream(values, from, to).average().orElseThrow();
  }

  @Test
  void lossyLine_relayGetsTheTrafficWithinThirtySeconds() {
    double[] share = OutagePictures.relayShare(LineSwitcher.defaults(), 181);
    assertThat(mean(share, 0, 60)).isLessThan(0.01);
    assertThat(mean(share, 90, 181)).isGreaterThan(0.98);
  }

  @Test
  void retryStorm_threeTiersWithDefaults_stayBelowOnePointEightAfterTheFirstSecond() {
    double[] calls = OutagePictures.retryStorm(RetryPolicy.defaults(), 61);
    assertThat(calls[19]).isBetween(0.99, 1.01);
    for (int second = 21; second < 61; second++) {
      assertThat(calls[second]).as("second %d", second).isBetween(1.5, 1.8);
    }
    double[] unlimited =
        OutagePictures.retryStorm(RetryPolicy.builder().budget(10, 1_000_000).build(), 30);
    assertThat(unlimited[25]).as("without a budget").isGreaterThan(20);
  }

  @Test
  void greyFailure_serverThatFailsAFifth_getsLessThanItsShare() {
    int[][] seconds =
        Cluster.run(Fault.GREY, requireNonNull(ClusterTest.CHOOSERS.get("ours")), 20, 0).perSecond;
    double picks = 0;
    double all = 0;
    for (int second = 5; second < 20; second++) {
      picks += seconds[second][0];
      all += seconds[second][1];
    }
    assertThat(picks / all).as("a tenth is the fair share").isLessThan(0.075);
  }

  @Test
  void adaptiveLimit_overloadedServer_keepsServingInTimeAndRecovers() {
    double[] limited = OutagePictures.goodput(true, 121);
    double[] unlimited = OutagePictures.goodput(false, 121);
    assertThat(mean(limited, 5, 20)).isBetween(195.0, 201.0);
    assertThat(mean(limited, 30, 60)).as("the capacity is 80").isGreaterThan(60);
    assertThat(mean(unlimited, 30, 60)).as("all time out").isLessThan(20);
    assertThat(mean(limited, 70, 121)).isGreaterThan(190);
  }
}
