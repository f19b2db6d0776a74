package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class TimerWheelPropertyTest {
  private static final long SECOND = 1_000_000_000;

  private static final class Noted extends TimerWheel.Timer {
    private final List<Long> firedAt = new ArrayList<>();

    @Override
    void due(long now) {
      firedAt.add(now);
    }
  }

  /** Against the obvious model: each armed timer fires once, at the first look after its time. */
  @Property(tries = 300)
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
