// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.canary.TrafficSplit.Side;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TrafficSplitTest {
  private static final int USERS = 100_000;
  private static final long MS = 1_000_000;

  private final ManualTicker ticker = new ManualTicker();
  private final List<CanaryRollback> rollbacks = new ArrayList<>();

  private TrafficSplit split(double share) {
    return TrafficSplit.builder("new-edge")
        .share(share)
        .ticker(ticker)
        .guard(50, 0.02, 1.5)
        .listener(
            new TrafficSplitListener() {
              @Override
              public void onRollback(CanaryRollback rollback) {
                rollbacks.add(rollback);
              }
            })
        .build();
  }

  private static Set<Integer> canaries(TrafficSplit split) {
    var in = new HashSet<Integer>();
    for (int i = 0; i < USERS; i++) {
      if (split.side("user-" + i) == Side.CANARY) {
        in.add(i);
      }
    }
    return in;
  }

  @Test
  void share_isExactAndStable() {
    TrafficSplit split = split(0.05);
    Set<Integer> in = canaries(split);

    // Binomial with p = 0.05: the standard deviation is 69 of 100,000; the tolerance is five of
    // them.
    assertThat(in.size()).isCloseTo(5000, within(345));
    assertThat(canaries(split)).isEqualTo(in);
    assertThat(canaries(split(0.05))).as("equal on another instance").isEqualTo(in);
    assertThat(split.snapshot().canary()).isEqualTo(2L * in.size());
  }

  @DisplayName("R-85: a growing share retains its keys")
  @Test
  void growingShare_retainsItsKeys() {
    TrafficSplit split = split(0);
    Set<Integer> before = Set.of();
    for (double share : new double[] {0.01, 0.05, 0.1, 0.5, 1}) {
      split.share(share);
      Set<Integer> in = canaries(split);
      assertThat(in.containsAll(before)).as("share %s retains all", share).isTrue();
      before = in;
    }
    assertThat(before).hasSize(USERS);
  }

  @Test
  void splits_selectIndependentKeys() {
    Set<Integer> one = canaries(split(0.1));
    Set<Integer> other = canaries(TrafficSplit.builder("other").share(0.1).build());
    one.retainAll(other);

    assertThat(one.size()).isCloseTo(USERS / 100, within(160)); // independent: 0.1 × 0.1
  }

  @Test
  void rule_takesPrecedenceOverTheShare() {
    TrafficSplit none = split(0);
    TrafficSplit all = split(1);

    assertThat(none.side("u", "Always")).isEqualTo(Side.CANARY);
    assertThat(all.side("u", "never")).isEqualTo(Side.BASELINE);
    assertThat(none.side("u", "perhaps")).isEqualTo(Side.BASELINE);
    assertThat(all.side("u", "perhaps")).isEqualTo(Side.CANARY);
    assertThat(all.side(42, null)).isEqualTo(Side.CANARY);
    TrafficSplit custom = TrafficSplit.builder("x").rule(TrafficSplit.Rule.equalTo("v2")).build();
    assertThat(custom.side("u", "v2")).isEqualTo(Side.CANARY);
    assertThat(custom.side("u", "v1")).isEqualTo(Side.BASELINE);
  }

  private void traffic(TrafficSplit split, Side side, int calls, int failures, long latency) {
    for (int i = 0; i < calls; i++) {
      split.report(side, i < failures ? Outcome.FAILURE : Outcome.SUCCESS, latency);
    }
  }

  private void look(TrafficSplit split) {
    ticker.advance(Duration.ofSeconds(1));
    split.report(Side.BASELINE, Outcome.SUCCESS, MS);
  }

  @Test
  void guard_rollsBackAFailingCanary() {
    TrafficSplit split = split(0.1);
    traffic(split, Side.BASELINE, 1000, 10, MS);
    traffic(split, Side.CANARY, 100, 2, MS);
    look(split);
    assertThat(split.share()).isEqualTo(0.1);
    traffic(split, Side.CANARY, 100, 6, MS); // 4 % of 200; the limit is 3 %
    look(split);

    assertThat(split.share()).isZero();
    assertThat(canaries(split)).isEmpty();
    assertThat(rollbacks)
        .containsExactly(new CanaryRollback("new-edge", 0.1, "failure rate 4.0 % exceeds 3.0 %"));
    assertThat(split.snapshot().cause()).isEqualTo("failure rate 4.0 % exceeds 3.0 %");
    assertThat(split.side("u", "always"))
        .as("testers still reach the canary")
        .isEqualTo(Side.CANARY);
  }

  @Test
  void guard_rollsBackASlowCanary() {
    TrafficSplit split = split(0.1);
    traffic(split, Side.BASELINE, 200, 0, 10 * MS);
    traffic(split, Side.CANARY, 200, 0, 20 * MS);
    look(split);

    assertThat(split.share()).isZero();
    assertThat(rollbacks.get(0).cause()).contains("times the baseline");
  }

  @Test
  void guard_ignoresFewCallsAndRejections() {
    TrafficSplit split = split(0.1);
    traffic(split, Side.CANARY, 49, 49, MS);
    for (int i = 0; i < 100; i++) {
      split.report(Side.CANARY, Outcome.REJECTED_LOCAL, MS);
      split.report(Side.CANARY, Outcome.CANCELLED, MS);
    }
    look(split);

    assertThat(split.share()).isEqualTo(0.1);
  }

  @Test
  void share_setAgain_clearsTheGuard() {
    TrafficSplit split = split(0.1);
    traffic(split, Side.CANARY, 100, 100, MS);
    look(split);
    assertThat(split.share()).isZero();
    split.share(0.2);
    look(split);

    assertThat(split.share()).isEqualTo(0.2);
    assertThat(rollbacks).hasSize(1);
  }

  @Test
  void builder_invalidValues_areReported() {
    TrafficSplit.Builder builder = TrafficSplit.builder("x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.share(1.01))
        .withMessage("share: 1.01 (expected: 0..1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.share(Double.NaN))
        .withMessage("share: NaN (expected: 0..1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.guard(0, 0, 1))
        .withMessage("minCalls: 0 (expected: 1..65536)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.guard(1, 0, 0.5))
        .withMessage("slowerBy: 0.5 (expected: 1..1000)");
  }
}
