package io.gatewaykit.waf;

import java.util.List;

/**
 * What an inspection found.
 *
 * @param blocked whether the request must not pass
 * @param incident an opaque id to tell the client and to find the hits by; empty without hits
 * @param score the sum of the hits' scores, of head and body together
 * @param threshold the score from which on a request is blocked
 * @param hits the explanation: every rule that matched, at most 64
 * @param exhausted whether the work bound ended the inspection early
 */
public record WafResult(
    boolean blocked,
    String incident,
    int score,
    int threshold,
    List<RuleHit> hits,
    boolean exhausted) {
  /** Nothing found. */
  static final WafResult CLEAN = new WafResult(false, "", 0, 0, List.of(), false);

  /** Copies the hits. */
  public WafResult {
    hits = List.copyOf(hits);
  }
}
