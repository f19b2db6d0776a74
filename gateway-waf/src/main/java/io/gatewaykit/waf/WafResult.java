// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import java.util.List;

/**
 * The result of an inspection.
 *
 * @param blocked whether the request must be rejected
 * @param wouldBlock whether the request would be rejected in {@link WafMode#BLOCK}; differs from
 *     {@code blocked} only in {@link WafMode#DETECT}
 * @param incident an opaque id, by which client and operator can identify the hits; empty without
 *     hits
 * @param score the sum of the scores of head and body hits, except for hits that are only counted
 * @param threshold the score at which a request is blocked
 * @param hits the rules that matched: at most 64 hits, plus at most 64 that are only counted
 * @param exhausted whether the work bound ended the inspection early
 */
public record WafResult(
    boolean blocked,
    boolean wouldBlock,
    String incident,
    int score,
    int threshold,
    List<RuleHit> hits,
    boolean exhausted) {
  /** The result without hits. */
  static final WafResult CLEAN = new WafResult(false, false, "", 0, 0, List.of(), false);

  /** Copies the hits. */
  public WafResult {
    hits = List.copyOf(hits);
  }

  /** Returns the sum of the scores of all hits, including those that are only counted. */
  public int detectionScore() {
    return hits.stream().mapToInt(RuleHit::score).sum();
  }

  /** Returns whether only this rule has hits, apart from hits that are only counted. */
  boolean isOnly(String rule) {
    return !hits.isEmpty()
        && hits.stream().allMatch(hit -> hit.counted() || hit.rule().equals(rule));
  }
}
