// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafResult;
import java.util.SortedMap;
import java.util.TreeMap;

/** The totals of a replay: by class, by rule, and overall. */
final class ReplayStatistics {
  private final SortedMap<String, Counts> classes = new TreeMap<>();
  private final SortedMap<String, RuleCounts> rules = new TreeMap<>();
  private final Counts total = new Counts();
  private long cpuNanos;

  /** The number of matches of a rule, and of those in which it was the only one. */
  static final class RuleCounts {
    private long attacks;
    private long attacksAlone;
    private long others;
    private long othersAlone;

    private void add(boolean attack, boolean alone) {
      attacks += attack ? 1 : 0;
      attacksAlone += attack && alone ? 1 : 0;
      others += attack ? 0 : 1;
      othersAlone += !attack && alone ? 1 : 0;
    }

    long attacks() {
      return attacks;
    }

    long attacksAlone() {
      return attacksAlone;
    }

    long others() {
      return others;
    }

    long othersAlone() {
      return othersAlone;
    }
  }

  void add(RecordedRequest request, ReplayResult replayed, long nanos) {
    WafResult result = replayed.result();
    boolean blocked = replayed.blocked();
    boolean detected = blocked || !result.hits().isEmpty() || result.exhausted();
    classes.computeIfAbsent(request.category(), c -> new Counts()).add(blocked, detected);
    total.add(blocked, detected);
    cpuNanos += nanos;
    for (RuleHit hit : result.hits()) {
      rules
          .computeIfAbsent(hit.rule(), r -> new RuleCounts())
          .add(request.attack(), result.hits().size() == 1);
    }
  }

  SortedMap<String, Counts> classes() {
    return classes;
  }

  SortedMap<String, RuleCounts> rules() {
    return rules;
  }

  Counts total() {
    return total;
  }

  /** Returns the mean CPU time of the inspection of a request, in microseconds. */
  double cpuMicrosPerRequest() {
    return total.requests() == 0 ? 0 : cpuNanos / 1_000.0 / total.requests();
  }
}
