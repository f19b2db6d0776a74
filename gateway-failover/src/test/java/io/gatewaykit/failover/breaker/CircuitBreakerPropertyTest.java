// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Compares the breaker with a model that uses plain lists instead of packed words. */
class CircuitBreakerPropertyTest {
  /** One step: acquire, report an open permit, and advance the time. */
  record Step(int what, int which, Outcome outcome, boolean slow, long millis) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.integers().between(0, 9),
                Arbitraries.integers().between(0, 1000),
                Arbitraries.of(
                    Outcome.SUCCESS,
                    Outcome.SUCCESS,
                    Outcome.SUCCESS,
                    Outcome.FAILURE,
                    Outcome.TIMEOUT,
                    Outcome.CANCELLED),
                Arbitraries.of(true, false, false, false),
                Arbitraries.longs().between(0, 600))
            .as(Step::new);
    return step.list().ofMinSize(1).ofMaxSize(300);
  }

  @Property(tries = 500, seed = "1")
  void breaker_behavesLikeTheModel(
      @ForAll("steps") List<Step> steps,
      @ForAll @IntRange(min = 1, max = 40) int window,
      @ForAll @IntRange(min = 1, max = 12) int minCalls,
      @ForAll @IntRange(min = 1, max = 8) int consecutive,
      @ForAll @IntRange(min = 1, max = 4) int trials,
      @ForAll boolean byTime) {
    var ticker = new ManualTicker(-1_000_000_000L);
    CircuitBreakerBuilder builder =
        CircuitBreaker.builder()
            .ticker(ticker)
            .random(() -> 0.5)
            .minCalls(minCalls)
            .consecutiveFailures(consecutive)
            .failureRate(0.4)
            .slowCalls(Duration.ofMillis(5), 0.6)
            .openFor(Duration.ofSeconds(1), Duration.ofSeconds(3))
            .halfOpen(trials, Duration.ofSeconds(2));
    CircuitBreaker breaker =
        (byTime ? builder.window(Duration.ofMillis(100L * window)) : builder.window(window))
            .build();
    var model = new Model(window, minCalls, consecutive, trials, byTime, ticker.read());
    var permits = new ArrayList<Long>();
    var modelPermits = new ArrayList<Model.Permit>();

    for (Step step : steps) {
      long now = ticker.read();
      if (step.what <= 5 || permits.isEmpty()) {
        long permit = breaker.tryAcquire();
        Model.@Nullable Permit expected = model.tryAcquire(now);
        assertThat(permit != CircuitBreaker.REJECTED).isEqualTo(expected != null);
        if (expected != null) {
          permits.add(permit);
          modelPermits.add(expected);
        }
      }
      if (step.what >= 3 && !permits.isEmpty()) {
        int which = step.which % permits.size();
        long latency = step.slow ? 6_000_000 : 5_000_000;
        breaker.report(permits.get(which), step.outcome, latency);
        model.report(modelPermits.get(which), step.outcome, step.slow, now);
        // A closed breaker counts duplicate reports of a permit; the caller must prevent them, as a
        // lease does. Trials are numbered.
        permits.remove(which);
        modelPermits.remove(which);
      }
      assertThat(breaker.state()).isEqualTo(model.state);
      ticker.advance(Duration.ofMillis(step.millis * (step.what == 9 ? 5 : 0)));
    }
  }

  private static final class Model {
    record Permit(int phase, long issued, int number, int place) {}

    record Call(long at, boolean failed, boolean slow) {}

    final int window;
    final int minCalls;
    final int consecutive;
    final int trials;
    final boolean byTime;
    CircuitBreakerState state = CircuitBreakerState.CLOSED;
    int phase;
    long since;
    long until;
    long openMillis;
    final List<Call> calls = new ArrayList<>();
    int inARow;
    int issued;
    final List<Permit> running = new ArrayList<>();
    final Set<Integer> passed = new TreeSet<>(); // slots

    Model(int window, int minCalls, int consecutive, int trials, boolean byTime, long now) {
      this.window = window;
      this.minCalls = minCalls;
      this.consecutive = consecutive;
      this.trials = trials;
      this.byTime = byTime;
      this.since = now;
    }

    @Nullable Permit tryAcquire(long now) {
      if (state == CircuitBreakerState.OPEN && now >= until) {
        enter(CircuitBreakerState.HALF_OPEN, now);
      }
      if (state == CircuitBreakerState.OPEN) {
        return null;
      }
      if (state != CircuitBreakerState.HALF_OPEN) {
        return new Permit(phase, now, issued++, 0);
      }
      if (running.size() + passed.size() == trials) {
        Optional<Permit> lost =
            running.stream()
                .filter(other -> now - other.issued >= 2_000_000_000L)
                .min(Comparator.comparingLong(Permit::issued).thenComparingInt(Permit::place));
        if (lost.isEmpty()) {
          return null;
        }
        running.remove(lost.get());
      }
      int place = 0;
      while (isOccupied(place)) {
        place++;
      }
      var permit = new Permit(phase, now, issued++, place);
      running.add(permit);
      return permit;
    }

    private boolean isOccupied(int place) {
      return passed.contains(place) || running.stream().anyMatch(permit -> permit.place == place);
    }

    void report(Permit permit, Outcome outcome, boolean slow, long now) {
      if (permit.phase != phase) {
        return;
      }
      boolean failed = outcome == Outcome.FAILURE || outcome == Outcome.TIMEOUT;
      if (state == CircuitBreakerState.HALF_OPEN) {
        if (!running.remove(permit)) {
          return;
        }
        if (failed || outcome == Outcome.SUCCESS && slow) {
          openMillis = Math.min(3000, openMillis * 2);
          open(now);
        } else if (outcome == Outcome.SUCCESS) {
          passed.add(permit.place);
          if (passed.size() == trials) {
            enter(CircuitBreakerState.CLOSED, now);
          }
        }
      } else if (outcome != Outcome.CANCELLED) {
        calls.add(new Call(now, failed, slow));
        inARow = failed ? inARow + 1 : 0;
        List<Call> recent = recent(now);
        long bad = recent.stream().filter(Call::failed).count();
        long slowOnes = recent.stream().filter(Call::slow).count();
        int enough = byTime ? minCalls : Math.min(minCalls, window);
        boolean rate =
            recent.size() >= enough
                && (bad * 10 >= recent.size() * 4L || slowOnes * 10 >= recent.size() * 6L);
        if (inARow >= consecutive || rate) {
          boolean relapse = openMillis > 0 && now - since <= openMillis * 1_000_000;
          openMillis = relapse ? Math.min(3000, openMillis * 2) : 1000;
          open(now);
        }
      }
    }

    private List<Call> recent(long now) {
      if (!byTime) {
        return calls.subList(Math.max(0, calls.size() - window), calls.size());
      }
      long slice = 100_000_000L * window / 10;
      return calls.stream()
          .filter(call -> Math.floorDiv(now, slice) - Math.floorDiv(call.at, slice) < 10)
          .toList();
    }

    private void open(long now) {
      enter(CircuitBreakerState.OPEN, now);
      until = now + openMillis * 1_000_000;
    }

    private void enter(CircuitBreakerState next, long now) {
      state = next;
      since = now;
      phase++;
      calls.clear();
      inARow = 0;
      running.clear();
      passed.clear();
    }
  }
}
