// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import io.gatewaykit.failover.internal.line.LineLoads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Divides the picks of a line by rank of locality. Each rank has a picker of its own, so the
 * balancer's rule holds within it. The shares are those of priority levels, which is how Envoy
 * fails over between localities: a rank keeps its traffic while its healthy fraction times the
 * overprovisioning factor is at least 1, and the excess spills to the next one. A pick draws the
 * rank at random or by its key, which costs one random number.
 */
final class ZonePicker<T> extends Picker<T> {
  private static final int STEPS = 1024;

  /** Keys are mixed differently for the line and the rank, else a rank would get few of them. */
  private static final long RANK_SALT = 0x632be59bd9b4e019L;

  private final Rule<T> rule;
  private final Stripes stripes;

  /** Nearest first; null: no endpoint of the rank is eligible. */
  private final List<@Nullable Picker<T>> pickers = new ArrayList<>();

  private final int[][] indices;
  private final int[] loads;

  /**
   * The rule of the shares.
   *
   * @param pickers creates the picker of a rank
   * @param overprovisionPermille the overprovisioning factor
   * @param clientShare the fraction of the clients in the first rank; 0: unknown
   */
  record Rule<T>(
      Function<Members<T>, Picker<T>> pickers, int overprovisionPermille, double clientShare) {}

  ZonePicker(Members<T> members, Rule<T> rule, @Nullable ZonePicker<T> before) {
    this.rule = rule;
    stripes = members.stripes;
    int ranks = members.maxRank() + 1;
    indices = new int[ranks][];
    var healthy = new long[ranks];
    var total = new long[ranks];
    for (int rank = 0; rank < ranks; rank++) {
      indices[rank] = members.indicesOfRank(rank);
      Members<T> part = members.only(indices[rank]);
      int[] eligible = part.eligibleWeights();
      healthy[rank] = Arrays.stream(eligible).asLongStream().sum();
      total[rank] = Arrays.stream(part.weights).asLongStream().sum();
      Picker<T> old = before == null ? null : before.pickers.get(rank);
      pickers.add(
          healthy[rank] == 0 ? null : old == null ? rule.pickers.apply(part) : old.with(part));
    }
    loads = loads(rule.overprovisionPermille, rule.clientShare, healthy, total);
  }

  /** Returns the load of each rank in steps of 1/1024. */
  static int[] loads(int factorPermille, double clientShare, long[] healthy, long[] total) {
    var caps = new int[healthy.length];
    Arrays.fill(caps, STEPS);
    long all = Arrays.stream(healthy).sum();
    if (clientShare > 0 && all > 0) {
      double worth = healthy[0] / (all * clientShare);
      caps[0] = (int) Math.min(STEPS, Math.round(STEPS * worth));
    }
    return LineLoads.of(STEPS, factorPermille, healthy, total, caps);
  }

  @Override
  int pick(SelectContext context, int probe, long now) {
    long draw = context.keyed() ? Stripes.mix(context.key() ^ RANK_SALT) : stripes.random();
    int step = Stripes.bounded(draw, STEPS);
    for (int rank = 0; rank < loads.length; rank++) {
      step -= loads[rank];
      Picker<T> picker = pickers.get(rank);
      if (step < 0 && picker != null) {
        int index = picker.pick(context, probe, now);
        return index < 0 ? index : indices[rank][index];
      }
    }
    return -1;
  }

  @Override
  Picker<T> with(Members<T> members) {
    return new ZonePicker<>(members, rule, this);
  }

  @Override
  boolean timed() {
    return pickers.stream().anyMatch(picker -> picker != null && picker.timed());
  }

  @Override
  boolean recordsFailures() {
    return pickers.stream().anyMatch(picker -> picker != null && picker.recordsFailures());
  }

  @Override
  void failed(int index, int maxFails) {
    for (int rank = 0; rank < indices.length; rank++) {
      int at = Arrays.binarySearch(indices[rank], index);
      Picker<T> picker = pickers.get(rank);
      if (at >= 0 && picker != null) {
        picker.failed(at, maxFails);
      }
    }
  }

  @Override
  void refresh(long now) {
    for (Picker<T> picker : pickers) {
      if (picker != null) {
        picker.refresh(now);
      }
    }
  }
}
