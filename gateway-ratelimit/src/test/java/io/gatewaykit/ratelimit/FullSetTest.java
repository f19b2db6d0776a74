// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A set of the slot table in which all slots are in use, and a newcomer needs one. */
class FullSetTest {
  private static final int NEWCOMER = 8;
  private static final Gcra GCRA = new Gcra(Limit.perSecond(1000).burst(9));

  private final ManualTicker clock = new ManualTicker();
  private final SlotMemory memory = new SlotMemory(SlotMemory.SLOTS);
  private volatile Runnable duringNextReading = () -> {};

  @Test
  void enter_ownerTookPermitsMeanwhile_keepsItsDebt() {
    SlotTable table = table(OverflowPolicy.SHARE);
    take(table, 0, 1);
    clock.advance(Duration.ofMillis(2)); // drained
    fill(table, 1);
    int free = memory.findFree(0, hash(NEWCOMER), table.now());
    take(table, 0, 5); // without the lock

    assertThat(enter(table, free)).isFalse();
    assertThat(backlog(table, 0)).isEqualTo(5);
    assertThat(memory.find(0, hash(NEWCOMER))).isNegative();
  }

  @Test
  void enter_freeSlot_isEntered() {
    SlotTable table = table(OverflowPolicy.SHARE);
    take(table, 0, 1);
    clock.advance(Duration.ofMillis(2));
    fill(table, 1);

    assertThat(enter(table, memory.findFree(0, hash(NEWCOMER), table.now()))).isTrue();
    assertThat(backlog(table, NEWCOMER)).isEqualTo(1);
  }

  @Test
  void evict_removesTheLeastDebtOnly() {
    SlotTable table = table(OverflowPolicy.EVICT_LEAST_DEBT);
    for (int key = 0; key < SlotMemory.SLOTS; key++) {
      take(table, key, key == 5 ? 2 : 4);
    }

    take(table, NEWCOMER, 3);

    assertThat(memory.find(0, hash(5))).isNegative();
    assertThat(backlog(table, NEWCOMER)).isEqualTo(3);
    assertThat(table.evictedPermits()).isEqualTo(2);
    for (int key : new int[] {0, 1, 2, 3, 4, 6, 7}) {
      assertThat(backlog(table, key)).isEqualTo(4);
    }
  }

  /** The TAT of the newcomer equals the one that the owner has read. */
  @Test
  void evict_whileTheOwnerDecides_booksNothingToTheNewcomer() throws InterruptedException {
    SlotTable table = table(OverflowPolicy.EVICT_LEAST_DEBT);
    take(table, 0, 1);
    fill(table, 4);
    var newcomer = new Thread(() -> take(table, NEWCOMER, 1));
    duringNextReading = () -> startAndWaitBriefly(newcomer);

    take(table, 0, 1);
    newcomer.join();

    assertThat(backlog(table, NEWCOMER)).isEqualTo(1);
  }

  @Test
  void charge_withoutSlotNorSharedBucket_booksNothing() {
    for (OverflowPolicy policy :
        new OverflowPolicy[] {OverflowPolicy.REJECT, OverflowPolicy.ALLOW}) {
      SlotTable table = table(policy);
      take(table, 0, 4);
      fill(table, 4);

      assertThat(new SlotBookings(table, memory).charge(hash(NEWCOMER), null, 3, true))
          .as("permits not booked with %s", policy)
          .isEqualTo(3);
    }
  }

  private SlotTable table(OverflowPolicy policy) {
    Ticker ticker =
        () -> {
          Runnable action = duringNextReading;
          duringNextReading = () -> {};
          action.run();
          return clock.read();
        };
    return new SlotTable(memory, GCRA, policy, ticker);
  }

  /** Waits for the thread to end, but not for long: it may wait for a lock of the caller. */
  private static void startAndWaitBriefly(Thread thread) {
    thread.start();
    try {
      thread.join(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Takes permits for all keys with a slot but the first. */
  private static void fill(SlotTable table, long cost) {
    for (int key = 1; key < SlotMemory.SLOTS; key++) {
      take(table, key, cost);
    }
  }

  private boolean enter(SlotTable table, int free) {
    long now = table.now();
    memory.lock(0);
    try {
      return table.enter(
          0, free, hash(NEWCOMER), false, GCRA, now, GCRA.weigh(1), table.tableLimit());
    } finally {
      memory.unlock(0);
    }
  }

  private static void take(SlotTable table, int key, long cost) {
    assertThat(table.take(hash(key), null, cost, 0, Long.MAX_VALUE, null)).isNotNegative();
  }

  private static long backlog(SlotTable table, int key) {
    var trace = new SlotTrace();
    long ignored = table.take(hash(key), null, 1, 0, BucketStore.NOTHING, trace);
    return trace.before / GCRA.interval;
  }

  private static long hash(int key) {
    return key + 1L << 32 | key + 1L << 48;
  }
}
