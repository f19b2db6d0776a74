// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class TimerWheelPropertyTest {
  private static final long SECOND = 1_000_000_000;

  private static final class Noted extends TimerWheel.Timer {
    private final List<Long> firedAt = new ArrayList<>();

    @Override
    public void due(long now) {
      firedAt.add(now);
    }
  }

  /** Re-arms itself when it fires, as probes do, sometimes for a time in the past. */
  private static final class Repeating extends TimerWheel.Timer {
    private final TimerWheel wheel;
    private final Random random;
    private int left = 50;
    private long armedAt;

    Repeating(TimerWheel wheel, Random random) {
      this.wheel = wheel;
      this.random = random;
    }

    @Override
    public void due(long now) {
      if (left-- > 0) {
        armedAt = now;
        wheel.arm(this, now - SECOND / 10 + random.nextLong(SECOND / 5));
      }
    }
  }

  /**
   * A late advance passes several slots in one call; timers armed meanwhile must not be in any of
   * them.
   */
  @Property(tries = 300, seed = "1")
  void timers_armedWhileOthersFire_areAtMostATickLate(@ForAll long seed) {
    var random = new Random(seed);
    long now = 0;
    var wheel = new TimerWheel(now);
    var timers = new ArrayList<Repeating>();
    for (int i = 0; i < 10; i++) {
      var timer = new Repeating(wheel, random);
      timers.add(timer);
      wheel.arm(timer, random.nextLong(SECOND));
    }
    while (wheel.size() > 0) {
      now += 1 + random.nextLong(TimerWheel.TICK_NANOS * (random.nextInt(10) == 0 ? 10 : 1));
      wheel.advance(now);
      for (Repeating timer : timers) {
        long due = Math.max(timer.at(), timer.armedAt) + TimerWheel.TICK_NANOS;
        assertThat(timer.isArmed() && due <= now)
            .as("armed at %d for %d, and now it is %d", timer.armedAt, timer.at(), now)
            .isFalse();
      }
      assertThat(now).as("all fire in time").isLessThan(20 * SECOND);
    }
  }

  @Example
  void timerThatThrows_leavesTheOthersDue() {
    var wheel = new TimerWheel(0);
    var second = new Noted();
    wheel.arm(
        new TimerWheel.Timer() {
          @Override
          public void due(long now) {
            throw new IllegalStateException("a timer's own trouble");
          }
        },
        SECOND);
    wheel.arm(second, SECOND);
    assertThatIllegalStateException().isThrownBy(() -> wheel.advance(SECOND));
    assertThat(second.firedAt).isEmpty();
    assertThat(wheel.untilNext(SECOND)).isZero();
    wheel.advance(SECOND + 1);
    assertThat(second.firedAt).hasSize(1);
    assertThat(wheel.untilNext(SECOND)).isEqualTo(Long.MAX_VALUE);
  }

  /** Compared with a simple model: each timer fires once, at the first advance after its time. */
  @Property(tries = 300, seed = "1")
  void timers_randomlyArmedAndCancelled_fireOnceAndNeverEarly(
      @ForAll long seed, @ForAll @LongRange(min = -5, max = 5) long nearTheWrap) {
    var random = new Random(seed);
    long now = Long.MAX_VALUE - nearTheWrap * SECOND;
    var wheel = new TimerWheel(now);
    var timers = new ArrayList<Noted>();
    for (int i = 0; i < 20; i++) {
      timers.add(new Noted());
    }
    for (int step = 0; step < 200; step++) {
      Noted timer = timers.get(random.nextInt(timers.size()));
      if (random.nextInt(4) == 0) {
        wheel.cancel(timer);
      } else if (!timer.isArmed()) {
        wheel.arm(timer, now + random.nextLong(30 * SECOND));
      }
      now += random.nextInt(10) == 0 ? random.nextLong(40 * SECOND) : random.nextLong(SECOND / 50);
      var dueBefore = new ArrayList<Noted>();
      for (Noted each : timers) {
        if (each.isArmed() && each.at() - now <= 0) {
          dueBefore.add(each);
        }
        each.firedAt.clear();
      }
      wheel.advance(now);
      for (Noted each : timers) {
        assertThat(each.firedAt).hasSize(dueBefore.contains(each) ? 1 : 0);
      }
      long armed = timers.stream().filter(TimerWheel.Timer::isArmed).count();
      assertThat(wheel.size()).isEqualTo((int) armed);
      assertThat(wheel.untilNext(now) == Long.MAX_VALUE).isEqualTo(armed == 0);
    }
  }
}
