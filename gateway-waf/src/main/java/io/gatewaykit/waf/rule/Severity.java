// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

/** The confidence of a rule that a hit is an attack. */
public enum Severity {
  /** Unusual, and often harmless. */
  NOTICE(2),
  /** Suspicious. Two such hits reach the default threshold. */
  WARNING(3),
  /** Very likely an attack. */
  ERROR(4),
  /** An attack. */
  CRITICAL(5);

  private final int score;

  Severity(int score) {
    this.score = score;
  }

  /** Returns the default score of rules with this severity. */
  public int score() {
    return score;
  }
}
