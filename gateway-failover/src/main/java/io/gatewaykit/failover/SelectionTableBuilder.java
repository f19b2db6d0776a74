// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.LiveTopology.Placed;
import io.gatewaykit.failover.internal.balance.Stripes;
import io.gatewaykit.failover.internal.line.FastestLine;
import io.gatewaykit.failover.internal.line.LineLoads;
import io.gatewaykit.failover.internal.line.LossRule;
import io.gatewaykit.failover.internal.line.Tally;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the next {@link SelectionTable}: determines the eligible endpoints, advances the failback
 * state of each line, and computes the shares. Not thread-safe: {@link SelectionTablePublisher}
 * calls it under its lock. Unchanged parts are reused from the previous table, so a change of one
 * endpoint rebuilds one line.
 */
final class SelectionTableBuilder<T> {
  /** The slots of a line on trial: a quarter of the traffic. */
  private static final int TRIAL_SLOTS = SelectionTable.SLOTS / 4;

  private final LineSettings policy;
  private final Balancer balancer;
  private final long slowStartNanos;
  private final ShareRules<T> rules;
  private final FastestLine fastest;
  private final LossRule lossRule;
  private final Stripes stripes;
  private final ReportedLoads loads;

  SelectionTableBuilder(GroupSettings<T> settings, Stripes stripes) {
    policy = settings.lines();
    rules = new ShareRules<>(policy);
    balancer = settings.balancer();
    slowStartNanos = settings.endpoints().slowStartNanos();
    this.stripes = stripes;
    boolean hashes = balancer.rule() instanceof Balancer.ConsistentHash;
    loads = new ReportedLoads(hashes ? 0 : settings.endpoints().loadStaleNanos());
    this.fastest = new FastestLine(policy.switcher().rules());
    this.lossRule = new LossRule(policy.switcher().rules());
  }

  SelectionTable<T> build(LiveTopology<T> topology, @Nullable SelectionTable<T> before, long now) {
    boolean equal = topology.endpoints().values().stream().allMatch(e -> e.endpoint.weight() == 0);
    loads.adjust(topology.lines(), now);
    var pools = new ArrayList<LinePool<T>>();
    for (Placed<T> placed : topology.lines()) {
      pools.add(pool(placed, before, equal, EndpointState.HARD, now));
    }
    for (LinePool<T> pool : pools) {
      step(pool, before, now);
    }
    order(pools, now);
    LinePool<T> trial = lossRule.evaluate(pools, inUse(pools, before), now);
    if (rules.panic(pools)) {
      return inPanic(topology, before, equal, now);
    }
    int[] shares = rules.shares(pools, ShareRules.NO_CLASS);
    if (trial != null) {
      assignTrial(pools, trial, shares);
    }
    return new SelectionTable<>(topology, pools, rules.routes(pools, shares, false), false, false);
  }

  /** Returns the line with the largest share of the traffic. */
  private static <T> @Nullable LinePool<T> inUse(
      List<LinePool<T>> pools, @Nullable SelectionTable<T> before) {
    for (LinePool<T> pool : pools) {
      if (before != null && before.share(pool.line) > SelectionTable.SLOTS / 2) {
        return pool;
      }
    }
    return null;
  }

  /** Moves part of the largest share to the line on trial. */
  private static <T> void assignTrial(List<LinePool<T>> pools, LinePool<T> trial, int[] shares) {
    int largest = 0;
    for (int i = 0; i < shares.length; i++) {
      largest = shares[i] > shares[largest] ? i : largest;
    }
    int at = pools.indexOf(trial);
    int moved = Math.min(shares[largest], TRIAL_SLOTS - shares[at]);
    if (moved > 0 && at != largest) {
      shares[largest] -= moved;
      shares[at] += moved;
    }
  }

  private SelectionTable<T> inPanic(
      LiveTopology<T> topology, @Nullable SelectionTable<T> before, boolean equal, long now) {
    boolean rejects = policy.panicMode() == PanicMode.REJECT;
    var pools = new ArrayList<LinePool<T>>();
    for (Placed<T> placed : topology.lines()) {
      pools.add(pool(placed, before, equal, EndpointState.DELIBERATE, now));
    }
    var claims = new double[pools.size()];
    for (int i = 0; i < claims.length; i++) {
      LinePool<T> pool = pools.get(i);
      if (policy.panicMode() == PanicMode.SPREAD) {
        claims[i] = pool.healthyWeight;
      } else if (before != null && pool.eligible > 0) {
        claims[i] = before.share(pool.line);
      }
    }
    int[] shares = LineLoads.divide(SelectionTable.SLOTS, claims);
    for (int i = 0; i < claims.length && Arrays.stream(shares).sum() == 0; i++) {
      // the best line with an eligible endpoint
      shares[i] = pools.get(i).eligible > 0 ? SelectionTable.SLOTS : 0;
    }
    return new SelectionTable<>(topology, pools, rules.routes(pools, shares, true), true, rejects);
  }

  private LinePool<T> pool(
      Placed<T> placed, @Nullable SelectionTable<T> before, boolean equal, int vetoes, long now) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    EndpointState<T>[] states = placed.endpoints().toArray(new EndpointState[0]);
    int n = states.length;
    var weights = new int[n];
    var eligible = new boolean[n];
    var ranks = new int[n];
    boolean lineOut = placed.line().weight() == 0 && !equal || placed.state().forcedOut();
    boolean lineVetoed = placed.state().vetoed() && vetoes == EndpointState.HARD;
    long healthy = 0;
    long total = 0;
    int count = 0;
    LinePool<T> old = before == null ? null : before.pool(placed.state());
    for (int i = 0; i < n; i++) {
      EndpointState<T> state = states[i];
      ranks[i] = rank(state, placed.line());
      int weight = equal ? 1 : placed.line().endpoints().get(i).weight();
      weights[i] = loads.weight(weight, state);
      eligible[i] = !lineOut && !lineVetoed && weight > 0 && (state.veto() & vetoes) == 0;
      total += lineOut ? 0 : weight;
      if (eligible[i]) {
        healthy += weight;
        count++;
      }
    }
    if (Arrays.stream(ranks).distinct().count() < 2) {
      ranks = new int[0];
    }
    boolean sameRanks = old != null && Arrays.equals(old.members.ranks, ranks);
    if (old != null && old.vetoes == vetoes && sameRanks && same(old, states, weights)) {
      if (Arrays.equals(old.members.eligible, eligible)) {
        return old;
      }
      var members = new Picker.Members<>(old.members.states, weights, eligible, ranks, stripes);
      if (slowStartNanos > 0) {
        startSlowly(old, members, now);
      }
      Picker<T> picker =
          count == 0
              ? null
              : old.picker == null ? picker(members, placed) : old.picker.with(members);
      return pool(placed, members, picker, healthy, total, vetoes);
    }
    var members = new Picker.Members<>(states, weights, eligible, ranks, stripes);
    if (slowStartNanos > 0 && old != null) {
      startSlowly(old, members, now);
    }
    Picker<T> picker = null;
    if (count > 0) {
      Picker<T> last = old == null || old.vetoes != vetoes || !sameRanks ? null : old.picker;
      if (last != null && Arrays.equals(requireNonNull(old).members.states, states)) {
        picker = last.reweighted(members);
      }
      picker = picker == null ? picker(members, placed) : picker;
    }
    return pool(placed, members, picker, healthy, total, vetoes);
  }

  private Picker<T> picker(Picker.Members<T> members, Placed<T> placed) {
    if (members.ranks.length == 0 || policy.locality() == null) {
      return Picker.of(balancer, members, placed.state());
    }
    return new ZonePicker<>(
        members,
        new ZonePicker.Rule<>(
            part -> Picker.of(balancer, part, placed.state()),
            policy.overprovisionPermille(),
            policy.locality().clientShare()),
        null);
  }

  private int rank(EndpointState<T> state, Line<T> line) {
    Locality locality = policy.locality();
    return locality == null ? 0 : locality.rank(state.endpoint.labels(), line.labels());
  }

  private LinePool<T> pool(
      Placed<T> placed,
      Picker.Members<T> members,
      @Nullable Picker<T> picker,
      long healthy,
      long total,
      int vetoes) {
    return new LinePool<>(placed.state(), members, picker, healthy, total, vetoes, slowStartNanos);
  }

  private static <T> boolean same(LinePool<T> old, EndpointState<T>[] states, int[] weights) {
    return Arrays.equals(old.members.states, states) && Arrays.equals(old.members.weights, weights);
  }

  /** Starts the slow start of endpoints that were ineligible or absent in the previous table. */
  private void startSlowly(LinePool<T> old, Picker.Members<T> members, long now) {
    for (int i = 0; i < members.states.length; i++) {
      EndpointState<T> state = members.states[i];
      int was =
          i < old.members.states.length && old.members.states[i] == state ? i : old.indexOf(state);
      boolean before = was >= 0 && old.members.eligible[was];
      if (members.eligible[i] && !before) {
        state.startingSince = now;
        boolean unused = state.veto(EndpointState.SOFT_STARTING, true);
      }
    }
  }

  private void step(LinePool<T> pool, @Nullable SelectionTable<T> before, long now) {
    pool.line.course.step(
        pool.healthyWeight > 0,
        now,
        () -> pool.tally(now),
        () -> {
          LinePool<T> other = before == null ? null : other(before, pool.line);
          return other == null ? Tally.NOTHING : other.tally(now);
        });
  }

  /** Returns the line with the most traffic among the others. */
  private @Nullable LinePool<T> other(SelectionTable<T> table, LineState<T> line) {
    LinePool<T> most = null;
    int share = 0;
    for (LinePool<T> pool : table.pools) {
      int own = table.share(pool.line);
      if (pool.line != line && own > share) {
        most = pool;
        share = own;
      }
    }
    return most;
  }

  /** Sorts the lines by priority, then by locality, then by latency. */
  private void order(List<LinePool<T>> pools, long now) {
    if (policy.switcher().rules().fastest()) {
      fastest.evaluate(pools, now);
    }
    pools.sort(
        Comparator.<LinePool<T>>comparingInt(pool -> pool.line.line.priority())
            .thenComparingInt(rules::rank)
            .thenComparingInt(
                pool -> policy.switcher().rules().fastest() ? fastest.rank(pool) : 0));
  }
}
