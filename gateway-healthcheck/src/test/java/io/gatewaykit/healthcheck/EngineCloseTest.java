// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No thread outlives {@link ProbeEngine#close()}, on any calling thread. */
@Timeout(20)
class EngineCloseTest {
  private final ProbeEngine engine = ProbeEngine.builder().build();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /** The engine's three kinds of threads. */
  enum On {
    LOOP,
    HELPER,
    EVENTS
  }

  private void run(On kind, Runnable task) {
    switch (kind) {
      case LOOP -> engine.loop().execute(task);
      case HELPER -> engine.loop().offload(task, () -> {});
      case EVENTS -> engine.loop().notifyListeners(task);
    }
  }

  /** Runs a task on each kind of thread, and records the threads. */
  private void startAll() throws InterruptedException {
    var ran = new CountDownLatch(On.values().length);
    for (On kind : On.values()) {
      run(
          kind,
          () -> {
            threads.add(Thread.currentThread());
            ran.countDown();
          });
    }
    assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(threads).hasSize(3).allMatch(Thread::isAlive);
  }

  @Test
  void close_leavesNoThread() throws Exception {
    startAll();
    engine.close();
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void close_onOneOfItsThreads_returns(On kind) throws Exception {
    startAll();
    var closed = new CompletableFuture<Thread>();
    run(
        kind,
        () -> {
          engine.close();
          closed.complete(Thread.currentThread());
        });
    Thread caller = closed.get(10, TimeUnit.SECONDS);
    engine.close(); // and again from outside, since the calling thread terminates too
    assertThat(caller.isAlive()).isFalse();
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  void close_whileAListenerBlocks_waitsAtMostTheDocumentedTime() throws Exception {
    var release = new CountDownLatch(1);
    var entered = new CompletableFuture<Thread>();
    engine
        .loop()
        .notifyListeners(() -> {
          entered.complete(Thread.currentThread());
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    Thread stuck = entered.get(10, TimeUnit.SECONDS);
    engine.close();
    assertThat(stuck.isAlive()).isTrue();
    release.countDown();
    stuck.join(10_000);
    assertThat(stuck.isAlive()).isFalse();
  }
}
