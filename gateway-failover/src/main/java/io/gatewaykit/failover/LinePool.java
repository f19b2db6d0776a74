// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.balance.Stripes;
import io.gatewaykit.failover.internal.line.ComparedLine;
import io.gatewaykit.failover.internal.line.LineCourse;
import io.gatewaykit.failover.internal.line.LineLoss;
import io.gatewaykit.failover.internal.line.LineSpeed;
import io.gatewaykit.failover.internal.line.Tally;
import io.gatewaykit.failover.internal.window.LatencyWindow;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The candidates of one line: its eligible endpoints and the picker that selects among them.
 * Immutable except for the position of the round robin.
 */
final class LinePool<T> implements ComparedLine {
  /** The number of draws before all endpoints of the line are searched. */
  private static final int DRAWS = 4;

  final LineState<T> line;
  final Picker.Members<T> members;
  final @Nullable Picker<T> picker;
  final int eligible;

  /** The total weight of the available endpoints, and of all. */
  final long healthyWeight;

  final long totalWeight;

  /** The vetoes that apply: all of them, or in panic mode only deliberate ones. */
  final int vetoes;

  private final long slowStartNanos;

  /** The next picks of the picker; a benign race, since a ring is immutable. */
  private @Nullable PickRing<T> ring;

  LinePool(
      LineState<T> line,
      Picker.Members<T> members,
      @Nullable Picker<T> picker,
      long healthyWeight,
      long totalWeight,
      int vetoes,
      long slowStartNanos) {
    this.line = line;
    this.members = members;
    this.picker = picker;
    this.healthyWeight = healthyWeight;
    this.totalWeight = totalWeight;
    this.vetoes = vetoes;
    this.slowStartNanos = slowStartNanos;
    int count = 0;
    for (boolean is : members.eligible) {
      count += is ? 1 : 0;
    }
    eligible = count;
  }

  /** Returns the ring of the picker, or null if there is no valid one. */
  @Nullable PickRing<T> ring() {
    PickRing<T> last = ring;
    return last != null && last.isCurrent() ? last : null;
  }

  /** Creates the ring of the picker unless it is valid. Called about once in 64 picks. */
  void renewRing() {
    if (picker != null && ring() == null) {
      ring = picker.ring(members.states);
    }
  }

  /**
   * Returns an eligible endpoint that the context has not tried, or null if all were tried.
   * Exclusion is exact: as long as an endpoint remains, it is found.
   */
  @Nullable EndpointState<T> pick(SelectContext context, long now) {
    Picker<T> picker = this.picker;
    if (picker == null) {
      return null;
    }
    for (int probe = 0; probe < DRAWS; probe++) {
      int index = picker.pick(context, probe, now);
      if (index < 0) {
        break;
      }
      EndpointState<T> state = members.states[index];
      int veto = state.veto();
      if (veto == 0 && context.excludesNone()) {
        return state;
      }
      if ((veto & vetoes) == 0 && !context.excludes(state) && accepts(state, veto, probe, now)) {
        return state;
      }
    }
    return search(context, vetoes, null, now);
  }

  /**
   * Returns an untried endpoint that admits the request, or null if none does. Its permit is then
   * in {@code choice}.
   */
  @Nullable EndpointState<T> pickAdmitting(SelectContext context, Choice<T> choice, long now) {
    for (int draw = 0; draw < DRAWS; draw++) {
      EndpointState<T> state = pick(context, now);
      if (state == null || admits(state, choice, now)) {
        return state;
      }
      context.exclude(state);
    }
    return search(context, vetoes, choice, now); // a single pass, however many reject
  }

  /**
   * For panic mode: returns an untried endpoint selected by the balancer, whether or not it admits
   * the request; one that does is preferred if found within a few draws. Null if all were tried.
   */
  @Nullable EndpointState<T> pickRegardless(SelectContext context, Choice<T> choice, long now) {
    EndpointState<T> first = null;
    for (int draw = 0; draw < DRAWS; draw++) {
      EndpointState<T> state = pick(context, now);
      if (state == null || admits(state, choice, now)) {
        return state == null ? first : state;
      }
      first = first == null && !state.isFull() ? state : first;
      context.exclude(state);
    }
    return first == null ? search(context, vetoes, null, now) : first;
  }

  /** Returns an untried endpoint that is not being drained, or null. */
  @Nullable EndpointState<T> pickUnlessDrained(SelectContext context, long now) {
    return totalWeight == 0 ? null : search(context, EndpointState.DELIBERATE, null, now);
  }

  /** Returns whether an endpoint in slow start, or a degraded one, accepts this pick. */
  private boolean accepts(EndpointState<T> state, int veto, int probe, long now) {
    if (veto <= EndpointState.HARD || probe == DRAWS - 1) {
      // never reject the last draw, or a line whose endpoints all start slowly would stall
      return true;
    }
    double share = SlowStart.factor(state, veto, slowStartNanos, now);
    return (members.stripes.random() >>> 11) * 0x1p-53 < share;
  }

  /**
   * Searches all endpoints, the nearest by locality first, from a random index, so that the load of
   * an excluded endpoint is not shifted to its neighbor.
   *
   * @param choice receives the permit of an endpoint that admits the request; if null, any endpoint
   *     that is not full is returned
   */
  private @Nullable EndpointState<T> search(
      SelectContext context, int vetoes, @Nullable Choice<T> choice, long now) {
    EndpointState<T>[] states = members.states;
    int n = states.length;
    int from =
        context.keyed()
            ? Stripes.bounded(Stripes.mix(context.key()), n)
            : Stripes.bounded(members.stripes.random(), n);
    for (int rank = 0; rank <= members.maxRank(); rank++) {
      for (int i = 0; i < n; i++) {
        int index = from + i < n ? from + i : from + i - n;
        if (members.rank(index) != rank) {
          continue;
        }
        EndpointState<T> state = states[index];
        boolean counts =
            vetoes == this.vetoes ? members.eligible[index] : members.weights[index] > 0;
        if (counts
            && (state.veto() & vetoes) == 0
            && !context.excludes(state)
            && (choice == null ? !state.isFull() : admits(state, choice, now))) {
          return state;
        }
      }
    }
    return null;
  }

  private boolean admits(EndpointState<T> state, Choice<T> choice, long now) {
    choice.permit = state.admit(vetoes, now);
    return choice.permit != CircuitBreaker.REJECTED;
  }

  @Override
  public Tally tally(long now) {
    long successes = 0;
    long failures = 0;
    var latencies = new IdentityHashMap<LatencyWindow, LatencyWindow.Mark>();
    for (EndpointState<T> state : members.states) {
      successes += state.successes();
      failures += state.failures();
      if (latencies.size() < Tally.MAX_HISTOGRAMS) {
        latencies.put(state.latencies, state.latencies.mark(now));
      }
    }
    return new Tally(successes, failures, latencies);
  }

  @Override
  public void sampleLoss(long now) {
    if (!line.loss.isDue(now)) {
      return;
    }
    long successes = 0;
    long failures = 0;
    var latencies = new ArrayList<LatencyWindow>();
    for (EndpointState<T> state : members.states) {
      successes += state.successes();
      failures += state.failures();
      if (latencies.size() < LineLoss.MAX_HISTOGRAMS) {
        latencies.add(state.latencies);
      }
    }
    line.loss.sample(successes, failures, latencies, members.states.length, now);
  }

  @Override
  public Object identity() {
    return line;
  }

  @Override
  public String id() {
    return line.line.id();
  }

  @Override
  public int priority() {
    return line.line.priority();
  }

  @Override
  public double price() {
    return line.line.price();
  }

  @Override
  public boolean hasCapacity() {
    int capacity = line.line.capacity();
    boolean full = capacity > 0 && line.open() >= capacity;
    return eligible > 0 && line.line.weight() > 0 && !full;
  }

  @Override
  public LineCourse course() {
    return line.course;
  }

  @Override
  public LineSpeed speed() {
    return line.speed;
  }

  @Override
  public LineLoss loss() {
    return line.loss;
  }

  /** Returns whether any endpoint is in slow start, so that a pick requires the time. */
  boolean startsSlowly() {
    if (slowStartNanos == 0) {
      return false;
    }
    for (EndpointState<T> state : members.states) {
      if ((state.veto() & EndpointState.SOFT_STARTING) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Returns the index of the endpoint in this line, or -1. */
  int indexOf(EndpointState<T> state) {
    EndpointState<T>[] states = members.states;
    for (int i = 0; i < states.length; i++) {
      if (states[i] == state) {
        return i;
      }
    }
    return -1;
  }
}
