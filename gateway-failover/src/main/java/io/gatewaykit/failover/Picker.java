// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.AliasTable;
import io.gatewaykit.failover.internal.balance.EvenCycle;
import io.gatewaykit.failover.internal.balance.SmoothSequence;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Selects a candidate among the eligible endpoints of one line. The caller rejects a candidate that
 * has been excluded since, or was already tried, and draws again. The set of eligible endpoints is
 * immutable.
 */
abstract class Picker<T> {
  /** All endpoints of the line; the weight of an eligible one is at least 1. */
  static final class Members<T> {
    final EndpointState<T>[] states;
    final int[] weights;
    final boolean[] eligible;

    /** The rank of each endpoint by locality, 0 is the nearest; empty if all are equal. */
    final int[] ranks;

    private final int maxRank;
    final Stripes stripes;

    Members(
        EndpointState<T>[] states,
        int[] weights,
        boolean[] eligible,
        int[] ranks,
        Stripes stripes) {
      this.states = states;
      this.weights = weights;
      this.eligible = eligible;
      this.ranks = ranks;
      this.maxRank = Arrays.stream(ranks).max().orElse(0);
      this.stripes = stripes;
    }

    int rank(int index) {
      return ranks.length == 0 ? 0 : ranks[index];
    }

    int maxRank() {
      return maxRank;
    }

    /** Returns the indices of the endpoints of a rank, in rising order. */
    int[] indicesOfRank(int rank) {
      return IntStream.range(0, states.length).filter(i -> rank(i) == rank).toArray();
    }

    /** Returns these endpoints only, all of one rank. */
    Members<T> only(int[] indices) {
      EndpointState<T>[] part = Arrays.copyOf(states, indices.length);
      var partWeights = new int[indices.length];
      var partEligible = new boolean[indices.length];
      for (int i = 0; i < indices.length; i++) {
        part[i] = states[indices[i]];
        partWeights[i] = weights[indices[i]];
        partEligible[i] = eligible[indices[i]];
      }
      return new Members<>(part, partWeights, partEligible, new int[0], stripes);
    }

    int[] eligibleIndices() {
      var indices = new int[states.length];
      int count = 0;
      for (int i = 0; i < states.length; i++) {
        if (eligible[i]) {
          indices[count++] = i;
        }
      }
      return Arrays.copyOf(indices, count);
    }

    /** Returns the weights, with 0 for ineligible endpoints. */
    int[] eligibleWeights() {
      var result = new int[weights.length];
      for (int i = 0; i < weights.length; i++) {
        result[i] = eligible[i] ? weights[i] : 0;
      }
      return result;
    }
  }

  /** Returns the index of a candidate; {@code probe} is the number of rejected draws before. */
  abstract int pick(SelectContext context, int probe, long now);

  /** Returns the picker for the same endpoints with another set of eligible ones. */
  abstract Picker<T> with(Members<T> members);

  /**
   * Returns a picker for the same endpoints with other weights that continues at the current
   * position, or null if a new one is required. Default: null.
   */
  @Nullable Picker<T> reweighted(Members<T> members) {
    return null;
  }

  /** Returns the next picks as a ring of these endpoints, if they are known. Default: null. */
  @Nullable PickRing<T> ring(EndpointState<T>[] states) {
    return null;
  }

  /** Returns whether the picker reads the clock. */
  boolean timed() {
    return false;
  }

  /**
   * Returns whether {@link #failed} has an effect; if not, callers avoid the search for an index.
   */
  boolean recordsFailures() {
    return false;
  }

  /** Called after an attempt at the endpoint has failed. */
  void failed(int index, int maxFails) {}

  /** Recomputes values derived from scores; called about once a second. */
  void refresh(long now) {}

  static <T> Picker<T> of(Balancer balancer, Members<T> members, LineState<T> line) {
    Balancer.Rule rule = balancer.rule();
    if (rule instanceof Balancer.SmoothWeightedRoundRobin) {
      return smooth(members);
    }
    if (rule instanceof Balancer.LeastRequest least) {
      return new LeastRequestPicker<>(members, least.choices());
    }
    if (rule instanceof Balancer.PeakEwmaOfTwo) {
      return new PeakEwmaPicker<>(members);
    }
    if (rule instanceof Balancer.ConsistentHash hash) {
      return HashPicker.of(members, hash.bound(), line);
    }
    if (rule instanceof Balancer.First) {
      return new FirstPicker<>(members);
    }
    if (rule instanceof Balancer.WeightedRandom) {
      return new RandomPicker<>(members);
    }
    throw new IllegalStateException("balancer without a picker: " + rule);
  }

  private static <T> Picker<T> smooth(Members<T> members) {
    if (SmoothSequence.suits(members.weights)) {
      return new SmoothPicker<>(members);
    }
    return EvenCycle.suits(members.weights)
        ? new EvenPicker<>(members)
        : new RandomPicker<>(members);
  }

  /** nginx's sequence, which continues when the set of eligible endpoints changes. */
  private static final class SmoothPicker<T> extends Picker<T> {
    private final SmoothSequence sequence;

    SmoothPicker(Members<T> members) {
      long seed = members.stripes.random();
      sequence = new SmoothSequence(members.weights, seed == 0 ? 1 : seed);
      sequence.eligible(members.eligible);
    }

    @Override
    int pick(SelectContext context, int probe, long now) {
      return sequence.next();
    }

    @Override
    Picker<T> with(Members<T> members) {
      sequence.eligible(members.eligible);
      return this;
    }

    @Override
    @Nullable Picker<T> reweighted(Members<T> members) {
      if (!SmoothSequence.suits(members.weights)) {
        return null;
      }
      sequence.update(members.weights, members.eligible);
      return this;
    }

    @Override
    @Nullable PickRing<T> ring(EndpointState<T>[] states) {
      return PickRing.of(sequence.cycle(), sequence, states);
    }

    @Override
    boolean recordsFailures() {
      return sequence.recordsFailures();
    }

    @Override
    void failed(int index, int maxFails) {
      sequence.failed(index, maxFails);
    }
  }

  private static final class EvenPicker<T> extends Picker<T> {
    private final EvenCycle cycle;

    EvenPicker(Members<T> members) {
      cycle = new EvenCycle(members.eligibleWeights(), members.stripes.random());
    }

    @Override
    int pick(SelectContext context, int probe, long now) {
      return cycle.next();
    }

    @Override
    @Nullable PickRing<T> ring(EndpointState<T>[] states) {
      return PickRing.of(cycle.cycle(), null, states);
    }

    @Override
    Picker<T> with(Members<T> members) {
      return smooth(members);
    }
  }

  private static final class RandomPicker<T> extends Picker<T> {
    private final AliasTable table;
    private final Stripes stripes;

    RandomPicker(Members<T> members) {
      table = new AliasTable(members.eligibleWeights());
      stripes = members.stripes;
    }

    @Override
    int pick(SelectContext context, int probe, long now) {
      return table.pick(stripes.random());
    }

    @Override
    Picker<T> with(Members<T> members) {
      return new RandomPicker<>(members);
    }
  }

  private static final class FirstPicker<T> extends Picker<T> {
    private final int[] eligible;

    FirstPicker(Members<T> members) {
      eligible = members.eligibleIndices();
    }

    @Override
    int pick(SelectContext context, int probe, long now) {
      return eligible[Math.min(probe, eligible.length - 1)];
    }

    @Override
    Picker<T> with(Members<T> members) {
      return new FirstPicker<>(members);
    }
  }
}
