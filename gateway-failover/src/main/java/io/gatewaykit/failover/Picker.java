package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.AliasTable;
import io.gatewaykit.failover.internal.balance.EvenCycle;
import io.gatewaykit.failover.internal.balance.SmoothSequence;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Arrays;

/**
 * Draws a candidate among the eligible endpoints of one line. A candidate may be refused, being
 * vetoed since or tried already; then the caller draws again. Immutable as to who is eligible.
 */
abstract class Picker<T> {
  /** The endpoints of the line, all of them, with weights of at least 1 where eligible. */
  static final class Members<T> {
    final EndpointState<T>[] states;
    final int[] weights;
    final boolean[] eligible;
    final Stripes stripes;

    Members(EndpointState<T>[] states, int[] weights, boolean[] eligible, Stripes stripes) {
      this.states = states;
      this.weights = weights;
      this.eligible = eligible;
      this.stripes = stripes;
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

    /** Returns the weights with 0 for those not eligible. */
    int[] eligibleWeights() {
      var result = new int[weights.length];
      for (int i = 0; i < weights.length; i++) {
        result[i] = eligible[i] ? weights[i] : 0;
      }
      return result;
    }
  }

  /** Returns a candidate's index; {@code probe} counts the refused draws before this one. */
  abstract int pick(SelectContext context, int probe, long now);

  /** Returns the picker for the same endpoints, others of them being eligible now. */
  abstract Picker<T> with(Members<T> members);

  /** Whether the picker reads the clock. */
  boolean timed() {
    return false;
  }

  /** Learns that an attempt at the endpoint failed. */
  void failed(int index, int maxFails) {}

  /** Learns the scores anew; called about once a second. */
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
    return rule instanceof Balancer.First
        ? new FirstPicker<>(members)
        : new RandomPicker<>(members);
  }

  private static <T> Picker<T> smooth(Members<T> members) {
    if (SmoothSequence.suits(members.weights)) {
      return new SmoothPicker<>(members);
    }
    return EvenCycle.suits(members.weights)
        ? new EvenPicker<>(members)
        : new RandomPicker<>(members);
  }

  /** nginx's sequence. The sequence itself goes on through changes of who is eligible. */
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
