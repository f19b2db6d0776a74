// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;

/** The endpoint with the fewest open leases relative to its weight, of a few random choices. */
final class LeastRequestPicker<T> extends Picker<T> {
  private final Members<T> members;
  private final int[] eligible;
  private final int choices;

  LeastRequestPicker(Members<T> members, int choices) {
    this.members = members;
    this.choices = choices;
    eligible = members.eligibleIndices();
  }

  @Override
  int pick(SelectContext context, int probe, long now) {
    int n = eligible.length;
    int best = eligible[Stripes.bounded(members.stripes.random(), n)];
    int first = best;
    double least = load(best);
    for (int i = 1; i < choices && n > 1; i++) {
      int other = eligible[Stripes.bounded(members.stripes.random(), n - 1)];
      if (other == first) {
        // the one that the shorter draw excluded, so that all have the same probability
        other = eligible[n - 1];
      }
      double load = load(other);
      if (load < least) {
        best = other;
        least = load;
      }
    }
    return best;
  }

  private double load(int index) {
    return (members.states[index].openLeases() + 1.0) / members.weights[index];
  }

  @Override
  Picker<T> with(Members<T> members) {
    return new LeastRequestPicker<>(members, choices);
  }
}
