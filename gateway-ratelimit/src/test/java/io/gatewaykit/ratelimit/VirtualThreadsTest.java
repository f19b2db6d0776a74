// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a JDK without virtual threads, the test uses platform threads and passes trivially. */
class VirtualThreadsTest {
  /** Far more than carrier threads. If each waiter pinned one, no other could run. */
  private static final int WAITERS = 400;

  @Test
  @Timeout(60)
  void acquire_manyWaiting_holdsNoCarrierThread() throws Exception {
    RateLimiter<String> limiter =
        LeakyBucket.builder()
            .limit(Limit.of(1, Duration.ofHours(1)).burst(WAITERS))
            .build()
            .asLimiter();
    assertThat(limiter.tryAcquire("k")).isTrue();
    var begun = new CountDownLatch(WAITERS);
    var interrupted = new CountDownLatch(WAITERS);
    ExecutorService threads = executor();
    for (int i = 0; i < WAITERS; i++) {
      threads.execute(() -> {
        begun.countDown();
        try {
          limiter.acquire("k", 1, Duration.ofDays(365));
        } catch (InterruptedException e) {
          interrupted.countDown();
        }
      });
    }
    assertThat(begun.await(30, TimeUnit.SECONDS)).as("all got a carrier in turn").isTrue();
    assertThat(threads.submit(() -> "ran").get(30, TimeUnit.SECONDS)).isEqualTo("ran");
    threads.shutdownNow();
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static ExecutorService executor() throws ReflectiveOperationException {
    for (var method : Executors.class.getMethods()) {
      if (method.getName().equals("newVirtualThreadPerTaskExecutor")) {
        return (ExecutorService) method.invoke(null);
      }
    }
    return Executors.newCachedThreadPool();
  }
}
