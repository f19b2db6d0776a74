// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events on real threads: complete, ordered and delivered once, whatever other listeners do. */
@Timeout(120)
class EventsTest {
  private final ProbeEngine engine = ProbeEngine.builder().build();

  @AfterEach
  void close() {
    engine.close();
  }

  private HealthCheckerBuilder checker() {
    return checker(1);
  }

  /** Returns a builder of a checker in which {@code fall} failures of traffic exclude a target. */
  private HealthCheckerBuilder checker(int fall) {
    return HealthChecker.builder("events")
        .engine(engine)
        .passive(
            PassiveRules.builder()
                .withoutProbes()
                .trialAfter(Duration.ofHours(1))
                .thresholds(Thresholds.riseFall(1, fall))
                .build())
        .panicBelow(0);
  }

  /** Tracks events like a subscriber, including gaps. */
  private static final class Follower implements HealthListener {
    private final Map<String, TargetState> states = new HashMap<>();
    private final AtomicInteger gaps = new AtomicInteger();
    private final AtomicInteger resyncs = new AtomicInteger();
    private volatile long sequence = -1;

    @Override
    public void onEvent(HealthEvent event) {
      CheckerSnapshot all = event.snapshot();
      if (all != null) {
        resyncs.incrementAndGet();
        states.clear();
        all.targets().forEach(view -> states.put(view.target().id(), view.state()));
      } else {
        gaps.addAndGet(sequence >= 0 && event.sequence() != sequence + 1 ? 1 : 0);
        if (event.kind() == HealthEvent.Kind.REMOVED) {
          states.remove(event.targetId());
        } else if (event.to() != null) {
          states.put(event.targetId(), requireNonNull(event.to()));
        }
      }
      sequence = event.sequence();
    }
  }

  @DisplayName("T60, T61: subscribers receive the complete state whenever they join")
  @Test
  void subscribers_joiningAnyTime_endUpKnowingAll() throws Exception {
    try (var checker = checker().build()) {
      var followers = new CopyOnWriteArrayList<Follower>();
      checker.setTargets(VirtualNetwork.targets(20));
      var threads = new ArrayList<Thread>();
      for (int t = 0; t < 3; t++) {
        int first = t;
        threads.add(
            new Thread(() -> {
              for (int i = 0; i < 3_000; i++) {
                String id = "t" + (i * 7 + first) % 20;
                TargetHandle handle = requireNonNull(checker.target(id));
                if (i % 2 == 0) {
                  handle.reportTcpFailure();
                } else {
                  handle.reportSuccess();
                }
                if (i % 500 == 0) {
                  var follower = new Follower();
                  followers.add(follower);
                  assertThat(checker.listen(follower)).isNotNull();
                }
              }
            }));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      checker.drain("t0");
      CheckerSnapshot end = checker.snapshot();
      var states = new HashMap<String, TargetState>();
      end.targets().forEach(view -> states.put(view.target().id(), view.state()));
      assertThat(followers).hasSize(18);
      for (Follower follower : followers) {
        await().until(() -> follower.sequence == end.sequence());
        assertThat(follower.states).isEqualTo(states);
        assertThat(follower.gaps).hasValue(0);
        assertThat(follower.resyncs.get()).isPositive();
      }
    }
  }

  @DisplayName("T70: a listener that blocks or throws delays no other")
  @Test
  void listenerThatBlocksOrThrows_delaysNoOther() {
    var release = new CountDownLatch(1);
    var heard = new CopyOnWriteArrayList<Long>();
    HealthListener blocks =
        new HealthListener() {
          @Override
          public void onEvent(HealthEvent event) {
            try {
              release.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    HealthListener throwing =
        new HealthListener() {
          @Override
          public void onEvent(HealthEvent event) {
            throw new AssertionError("on purpose");
          }
        };
    HealthListener hears =
        new HealthListener() {
          @Override
          public void onEvent(HealthEvent event) {
            heard.add(event.sequence());
          }
        };
    try (var checker = checker().listener(blocks).listener(throwing).listener(hears).build()) {
      checker.setTargets(VirtualNetwork.targets(5));
      await().until(() -> heard.equals(List.of(1L, 2L, 3L, 4L, 5L)));
      release.countDown();
    }
  }

  @DisplayName("T65: close from a listener works, and no event follows")
  @Test
  void closeFromAListener_works_andNothingComesAfter() {
    var heard = new AtomicInteger();
    var checkers = new CopyOnWriteArrayList<HealthChecker>();
    HealthListener closes =
        new HealthListener() {
          @Override
          public void onEvent(HealthEvent event) {
            heard.incrementAndGet();
            await().until(() -> !checkers.isEmpty());
            checkers.get(0).close();
          }
        };
    HealthChecker checker = checker().listener(closes).build();
    checkers.add(checker);
    checker.setTargets(VirtualNetwork.targets(5));
    await().until(() -> heard.get() == 1);
    checker.close();
    checker.drain("t1");
    checker.close();
    assertThat(heard).hasValue(1);
  }

  /** With any number of reporting threads, a transition happens once and counts are exact. */
  @DisplayName("T06: concurrent reports are counted exactly and cause one transition")
  @Test
  void concurrentReports_countExactly_andTransitOnce() throws Exception {
    var changes = new AtomicInteger();
    try (var checker =
        checker(200)
            .listener(HealthCheckerTest.changes(event -> changes.incrementAndGet()))
            .build()) {
      checker.setTargets(VirtualNetwork.targets(1));
      TargetHandle handle = requireNonNull(checker.target("t0"));
      handle.reportSuccess();
      run(4, 40, handle); // 160 failures
      assertThat(checker.snapshot().targets().get(0).passive().httpFailures()).isEqualTo(160);
      run(4, 1_000, handle);
      assertThat(handle.state()).isEqualTo(TargetState.UNHEALTHY);
      checker.drain("t0");
      await().until(() -> changes.get() == 4); // healthy, mostly healthy, unhealthy, draining
    }
  }

  private static void run(int threads, int reports, TargetHandle handle) throws Exception {
    var all = new ArrayList<Thread>();
    for (int t = 0; t < threads; t++) {
      var thread =
          new Thread(() -> {
            for (int i = 0; i < reports; i++) {
              handle.reportTimeout();
            }
          });
      all.add(thread);
      thread.start();
    }
    for (Thread thread : all) {
      thread.join();
    }
  }
}
