// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {
  private static final int MIB = 1 << 20;

  @Test
  void tryReserve_beyondTheBudget_reservesNothingAndIsCounted() {
    BodyBudget budget = BodyBudget.of(MIB);
    assertThat(budget.tryReserve(MIB - 1)).isTrue();
    assertThat(budget.tryReserve(2)).isFalse();
    assertThat(budget.tryReserve(Long.MAX_VALUE)).isFalse();
    assertThat(budget.usedBytes()).isEqualTo(MIB - 1);
    assertThat(budget.rejections()).isEqualTo(2);
    budget.release(MIB - 1);
    assertThat(budget.tryReserve(MIB)).isTrue();
  }

  @Test
  void release_ofMoreThanIsReserved_fails() {
    BodyBudget budget = BodyBudget.of(MIB);
    budget.tryReserve(5);
    assertThatThrownBy(() -> budget.release(6))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("bytes: 6 (expected: 0..5 reserved)");
    assertThat(budget.usedBytes()).isEqualTo(5);
  }

  @Test
  void arguments_outOfRange_areRejected() {
    assertThatThrownBy(() -> BodyBudget.of(MIB - 1)).hasMessageContaining("expected: >= 1048576");
    BodyBudget budget = BodyBudget.of(MIB);
    assertThatThrownBy(() -> budget.tryReserve(-1)).hasMessage("bytes: -1 (expected: >= 0)");
    assertThatThrownBy(() -> budget.release(-1)).hasMessage("bytes: -1 (expected: >= 0)");
  }

  @Test
  void concurrentUse_neverExceedsTheBudget_andEndsAtZero() throws Exception {
    BodyBudget budget = BodyBudget.of(MIB);
    var threads = Executors.newFixedThreadPool(4);
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      var random = new SplittableRandom(t);
      tasks.add(() -> {
        long most = 0;
        for (int i = 0; i < 20_000; i++) {
          int bytes = random.nextInt(MIB / 2);
          if (budget.tryReserve(bytes)) {
            most = Math.max(most, budget.usedBytes());
            budget.release(bytes);
          }
        }
        return most;
      });
    }
    for (Future<Long> most : threads.invokeAll(tasks)) {
      assertThat(most.get()).isLessThanOrEqualTo(MIB);
    }
    threads.shutdown();
    assertThat(budget.usedBytes()).isZero();
  }
}
