// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.engine.TimerWheel;
import io.gatewaykit.healthcheck.internal.engine.Transport;
import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
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
 * An engine on virtual time with simulated targets. The outcome of each probe is computed by a
 * function of the target, and delivered after a delay or never.
 */
final class VirtualNetwork implements AutoCloseable {
  static final ProbeOutcome PASSED = new ProbeOutcome(Cause.PASSED, 200, "passed", true);
  static final ProbeOutcome FAILED = new ProbeOutcome(Cause.STATUS, 500, "failed", true);
  static final ProbeOutcome REFUSED = ProbeOutcome.failed(Cause.CONNECT, "refused");

  /** No response, ever. */
  static final ProbeOutcome SILENT = ProbeOutcome.failed(Cause.TIMEOUT, "never told");

  private static final long STEP = 5_000_000; // one tick of the wheel

  final ManualTicker ticker;
  final ProbeEngine engine;
  final ProbeLoop loop;
  final Map<String, List<Long>> asked = new HashMap<>();
  Function<Target, ProbeOutcome> answers = target -> PASSED;
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
            .transport((exchange, owner) -> new Wire(((WirePart) exchange).target(), owner))
            .driven()
            .build();
    loop = engine.loop();
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
      // asynchronous, since the owner has no reference to this at that time
      loop.execute(this::sendAgain);
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void sendAgain() {
      if (closed) {
        return;
      }
      twiceAtOnce += asking ? 1 : 0;
      asking = true;
      inFlight++;
      mostInFlight = Math.max(mostInFlight, inFlight);
      asked.computeIfAbsent(target.id(), id -> new ArrayList<>()).add(ticker.read());
      ProbeOutcome outcome = answers.apply(target);
      if (outcome.equals(SILENT)) {
        return;
      }
      if (latency.isZero()) {
        loop.execute(() -> end(outcome));
      } else {
        var timer =
            new TimerWheel.Timer() {
              @Override
              public void due(long now) {
                end(outcome);
              }
            };
        answer = timer;
        loop.wheel().arm(timer, ticker.read() + latency.toNanos());
      }
    }

    private void end(ProbeOutcome outcome) {
      if (!closed && asking) {
        asking = false;
        inFlight--;
        owner.onOutcome(this, outcome);
        if (!outcome.reusable()) {
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
          loop.wheel().cancel(answer);
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

  /** Returns a builder of a checker in which only outlier detection decides. */
  HealthCheckerBuilder outlierChecker(Outliers outliers) {
    return checker()
        .schedule(ProbeSchedule.every(Duration.ofMinutes(5)))
        .passive(
            PassiveRules.builder().thresholds(Thresholds.off()).suspicion(Suspicion.COUNT).build())
        .panicBelow(0)
        .outliers(outliers);
  }

  /** Advances time tick by tick. */
  void pass(Duration time) {
    long end = ticker.read() + time.toNanos();
    settle();
    while (end - ticker.read() > 0) {
      ticker.advanceNanos(Math.min(STEP, end - ticker.read()));
      settle();
    }
  }

  /** Runs all tasks that are due, and those that they schedule. */
  void settle() {
    for (int i = 0; i < 4; i++) {
      loop.turn();
    }
  }

  /** Advances time in one step, as after a suspension of the machine. */
  void jump(Duration time) {
    ticker.advance(time);
    settle();
  }

  @Override
  public void close() {
    engine.close();
  }
}
