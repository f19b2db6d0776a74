package io.gatewaykit.healthcheck;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.healthcheck.ProbeResult.Cause;
import io.gatewaykit.healthcheck.internal.wire.Ending;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An engine whose time is the test's and whose targets do as the test says: each probe asks a
 * function of the target, and its answer comes after a while, or never.
 */
final class VirtualNetwork implements AutoCloseable {
  static final Ending PASSED = new Ending(Cause.PASSED, 200, "passed", true);
  static final Ending FAILED = new Ending(Cause.STATUS, 500, "failed", true);
  static final Ending REFUSED = Ending.failed(Cause.CONNECT, "refused");

  /** No answer ever comes. */
  static final Ending SILENT = Ending.failed(Cause.TIMEOUT, "never told");

  private static final long STEP = 5_000_000; // one tick of the wheel

  final ManualTicker ticker;
  final ProbeEngine engine;
  final Map<String, List<Long>> asked = new HashMap<>();
  Function<Target, Ending> answers = target -> PASSED;
  Duration latency = Duration.ZERO;
  int inFlight;
  int mostInFlight;
  int twiceAtOnce;
  int open;

  VirtualNetwork() {
    this(0, 1, 2_048);
  }

  VirtualNetwork(long start, long seed, int maxInFlight) {
    ticker = new ManualTicker(start);
    engine =
        ProbeEngine.builder()
            .ticker(ticker)
            .seed(seed)
            .maxInFlight(maxInFlight)
            .transport((engine, target, probe, owner) -> new Wire(target, owner))
            .driven()
            .build();
  }

  private final class Wire implements Transport.Connection {
    private final Target target;
    private final Transport.Owner owner;
    private boolean closed;
    private boolean asking;
    private TimerWheel.@Nullable Timer answer;

    Wire(Target target, Transport.Owner owner) {
      this.target = target;
      this.owner = owner;
      open++;
      engine.execute(this::askAgain); // not at once: the owner does not know us yet
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void askAgain() {
      if (closed) {
        return;
      }
      twiceAtOnce += asking ? 1 : 0;
      asking = true;
      inFlight++;
      mostInFlight = Math.max(mostInFlight, inFlight);
      asked.computeIfAbsent(target.id(), id -> new ArrayList<>()).add(ticker.read());
      Ending ending = answers.apply(target);
      if (ending.equals(SILENT)) {
        return;
      }
      if (latency.isZero()) {
        engine.execute(() -> end(ending));
      } else {
        var timer =
            new TimerWheel.Timer() {
              @Override
              void due(long now) {
                end(ending);
              }
            };
        answer = timer;
        engine.wheel().arm(timer, ticker.read() + latency.toNanos());
      }
    }

    private void end(Ending ending) {
      if (!closed && asking) {
        asking = false;
        inFlight--;
        owner.ended(this, ending);
        if (!ending.reusable()) {
          close();
        }
      }
    }

    @Override
    public @Nullable Instant certificateExpiry() {
      return null;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open--;
        inFlight -= asking ? 1 : 0;
        if (answer != null) {
          engine.wheel().cancel(answer);
        }
      }
    }
  }

  static List<Target> targets(int count) {
    var targets = new ArrayList<Target>();
    for (int i = 0; i < count; i++) {
      targets.add(target(i));
    }
    return targets;
  }

  static Target target(int number) {
    try {
      byte[] ip = {127, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
      return new Target("t" + number, new InetSocketAddress(InetAddress.getByAddress(ip), 80));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  HealthCheckerBuilder checker() {
    return HealthChecker.builder("virtual").engine(engine).probe(Probe.http("/"));
  }

  /** Returns the builder of a checker in which only outliers among real traffic decide. */
  HealthCheckerBuilder outlierChecker(Outliers outliers) {
    return checker()
        .interval(Duration.ofMinutes(5))
        .passive(Thresholds.off())
        .suspicion(Suspicion.COUNT)
        .panicBelow(0)
        .outliers(outliers);
  }

  /** Lets time pass, tick by tick. */
  void pass(Duration time) {
    long end = ticker.read() + time.toNanos();
    settle();
    while (end - ticker.read() > 0) {
      ticker.advanceNanos(Math.min(STEP, end - ticker.read()));
      settle();
    }
  }

  /** Does what there is to do at this moment, and what follows from it. */
  void settle() {
    for (int i = 0; i < 4; i++) {
      engine.turn();
    }
  }

  /** Lets time jump, as when the machine was asleep. */
  void jump(Duration time) {
    ticker.advance(time);
    settle();
  }

  @Override
  public void close() {
    engine.close();
  }
}
