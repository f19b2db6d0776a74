// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.MaglevTable;
import io.gatewaykit.failover.internal.balance.RendezvousTable;
import io.gatewaykit.failover.internal.balance.Stripes;

/**
 * Selects the owner of the key. If the owner cannot be used (already tried, excluded since the
 * table was built, or above its bound), the key goes to the endpoint that would own it if the owner
 * were removed. A retry, a failure and an overload thus all lead to the same second choice.
 */
abstract class HashPicker<T> extends Picker<T> {
  /** The maximum number of endpoints for a rendezvous table; beyond it, Maglev is used. */
  static final int MAX_RENDEZVOUS = 1024;

  /** Entries of a Maglev table probed for a key before a random eligible endpoint is selected. */
  private static final int MAX_PROBES = 8;

  final Members<T> members;
  final double bound;
  final LineState<T> line;
  private final long weight;

  private HashPicker(Members<T> members, double bound, LineState<T> line) {
    this.members = members;
    this.bound = bound;
    this.line = line;
    long sum = 0;
    for (int w : members.eligibleWeights()) {
      sum += w;
    }
    weight = sum;
  }

  static <T> Picker<T> of(Members<T> members, double bound, LineState<T> line) {
    if (members.states.length > MAX_RENDEZVOUS) {
      return new BySlots<>(members, bound, line, new MaglevTable(ids(members), members.weights));
    }
    var table = RendezvousTable.of(ids(members), members.eligibleWeights());
    return new ByScore<>(members, bound, line, table);
  }

  private static <T> long[] ids(Members<T> members) {
    var ids = new long[members.states.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = members.states[i].hash;
    }
    return ids;
  }

  @Override
  final int pick(SelectContext context, int probe, long now) {
    long key = context.keyed() ? context.key() : members.stripes.random();
    int owner = owner(key);
    return probe == 0 && owner >= 0 && usable(owner, context) ? owner : without(key, context);
  }

  abstract int owner(long key);

  abstract int without(long key, SelectContext context);

  final boolean usable(int index, SelectContext context) {
    EndpointState<T> state = members.states[index];
    return members.eligible[index]
        && (state.veto() & EndpointState.HARD) == 0
        && !context.excludes(state)
        && !full(state, index);
  }

  private boolean full(EndpointState<T> state, int index) {
    return bound != 0
        && state.openLeases() >= capacity(bound, line.open(), members.weights[index], weight);
  }

  /** Returns the maximum open leases of an endpoint, including the one that is about to start. */
  static long capacity(double bound, int open, int weight, long weights) {
    return (long) Math.ceil(bound * (open + 1.0) * weight / weights);
  }

  /** Rendezvous hashing, which yields the exact second choice. */
  private static final class ByScore<T> extends HashPicker<T> {
    private final RendezvousTable table;

    ByScore(Members<T> members, double bound, LineState<T> line, RendezvousTable table) {
      super(members, bound, line);
      this.table = table;
    }

    @Override
    int owner(long key) {
      return table.pick(key);
    }

    @Override
    int without(long key, SelectContext context) {
      int next = table.pickWithout(key, i -> !usable(i, context));
      return next >= 0 ? next : table.pick(key);
    }

    @Override
    Picker<T> with(Members<T> next) {
      int changes = 0;
      for (int i = 0; i < next.weights.length; i++) {
        changes += next.eligible[i] == members.eligible[i] ? 0 : 1;
      }
      if (changes
          > next.weights.length / 4 + 1) { // rebuilding is cheaper than that number of repairs
        return of(next, bound, line);
      }
      RendezvousTable repaired = table;
      for (int i = 0; i < next.weights.length; i++) {
        if (next.eligible[i] != members.eligible[i]) {
          repaired = repaired.with(i, next.eligible[i] ? next.weights[i] : 0);
        }
      }
      return new ByScore<>(next, bound, line, repaired);
    }
  }

  /**
   * Maglev: the table contains all endpoints, so that one that returns receives exactly its keys.
   */
  private static final class BySlots<T> extends HashPicker<T> {
    private final MaglevTable table;
    private final int[] eligible;

    BySlots(Members<T> members, double bound, LineState<T> line, MaglevTable table) {
      super(members, bound, line);
      this.table = table;
      eligible = members.eligibleIndices();
    }

    @Override
    int owner(long key) {
      return table.pick(key);
    }

    @Override
    int without(long key, SelectContext context) {
      for (int i = 1; i <= MAX_PROBES; i++) {
        int next = table.pick(Stripes.mix(key + i));
        if (usable(next, context)) {
          return next;
        }
      }
      return eligible[Stripes.bounded(Stripes.mix(~key), eligible.length)];
    }

    @Override
    Picker<T> with(Members<T> next) {
      return new BySlots<>(next, bound, line, table);
    }
  }
}
