package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import org.jspecify.annotations.Nullable;

/**
 * One line as a pick sees it: who is eligible, and how to draw among them. Immutable but for the
 * round robin's place.
 */
final class LinePool<T> {
  /** So many refused draws are made good by another draw; then the line is searched. */
  private static final int DRAWS = 4;

  final LineState<T> line;
  final Picker.Members<T> members;
  final @Nullable Picker<T> picker;
  final int eligible;

  /** The weight of the endpoints that are available, and of all. */
  final long healthyWeight;

  final long totalWeight;

  /** Which vetoes count: all of them, or in panic only the deliberate one. */
  final int vetoes;

  private final long slowStartNanos;

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

  /**
   * Returns an endpoint that is eligible and was not tried in this context, or null if there is
   * none: exclusion is exact, and as long as one is left it is found.
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
      if (veto == 0 && context.excludesNobody()) {
        return state;
      }
      if ((veto & vetoes) == 0 && !context.excludes(state) && takes(state, veto, probe, now)) {
        return state;
      }
    }
    return search(context);
  }

  /** Asks an endpoint in slow start, or one that is degraded, whether it takes this pick. */
  private boolean takes(EndpointState<T> state, int veto, int probe, long now) {
    if (veto <= EndpointState.HARD || probe == DRAWS - 1) {
      return true; // the last draw is not refused, or a line that starts as a whole would stall
    }
    double chance = SlowStart.factor(state, veto, slowStartNanos, now);
    return (members.stripes.random() >>> 11) * 0x1p-53 < chance;
  }

  /** Looks at all, from a random place, so that no one's neighbour takes all it leaves. */
  private @Nullable EndpointState<T> search(SelectContext context) {
    EndpointState<T>[] states = members.states;
    int n = states.length;
    int from =
        context.keyed()
            ? Stripes.bounded(Stripes.mix(context.key()), n)
            : Stripes.bounded(members.stripes.random(), n);
    for (int i = 0; i < n; i++) {
      int index = from + i < n ? from + i : from + i - n;
      EndpointState<T> state = states[index];
      if (members.eligible[index] && (state.veto() & vetoes) == 0 && !context.excludes(state)) {
        return state;
      }
    }
    return null;
  }

  /** Tells whether an endpoint is in its slow start, so that a pick needs the time. */
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
