// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the hits of the firewall by rule. Thread-safe. Bounded by the number of rules. */
final class RuleHits implements WafListener {
  private final Map<String, LongAdder> hits = new ConcurrentHashMap<>();

  @Override
  public void onHit(WafRequest request, RuleHit hit) {
    hits.computeIfAbsent(hit.rule(), rule -> new LongAdder()).increment();
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {}

  /** Returns the rules with the most hits, in descending order. */
  Map<String, Long> top(int count) {
    var top = new LinkedHashMap<String, Long>();
    hits.entrySet().stream()
        .map(entry -> Map.entry(entry.getKey(), entry.getValue().sum()))
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(count)
        .forEach(entry -> top.put(entry.getKey(), entry.getValue()));
    return top;
  }
}
