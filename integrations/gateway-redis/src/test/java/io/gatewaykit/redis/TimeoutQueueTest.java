// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TimeoutQueueTest {
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final long MILLISECOND = 1_000_000;

  @Test
  @DisplayName("calls that have ended are let go long before their deadline")
  void letsGoOfWhatIsOver() {
    try (var deadlines = new TimeoutQueue("deadlines-test", HOUR, Ticker.system())) {
      List<Work> works = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        Work work = new Work();
        works.add(work);
        deadlines.watch(work);
      }
      assertThat(deadlines.held()).isEqualTo(1000);

      works.forEach(work -> work.completed = true);

      await().untilAsserted(() -> assertThat(deadlines.held()).isZero());
      assertThat(works).noneMatch(work -> work.expired);
    }
  }

  @Test
  @DisplayName("what has not ended in time is ended, the rest is not")
  void expires() {
    try (var deadlines = new TimeoutQueue("deadlines-test", 30 * MILLISECOND, Ticker.system())) {
      Work late = new Work();
      Work done = new Work();
      done.completed = true;
      long before = System.nanoTime();
      deadlines.watch(late);
      deadlines.watch(done);

      await().until(() -> late.expired);

      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(30 * MILLISECOND);
      await().untilAsserted(() -> assertThat(deadlines.held()).isZero());
      assertThat(done.expired).isFalse();
    }
  }

  private static final class Work extends TimeoutQueue.Timed {
    private volatile boolean completed;
    private volatile boolean expired;

    @Override
    public boolean isComplete() {
      return completed;
    }

    @Override
    void expire() {
      expired = true;
    }
  }
}
