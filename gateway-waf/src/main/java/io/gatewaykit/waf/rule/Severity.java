package io.gatewaykit.waf.rule;

/** How sure a rule is that what it finds is an attack. */
public enum Severity {
  /** Odd, and often harmless. */
  NOTICE(2),
  /** Suspicious; two of them make an attack at the default threshold. */
  WARNING(3),
  /** Most likely an attack. */
  ERROR(4),
  /** An attack. */
  CRITICAL(5);

  private final int score;

  Severity(int score) {
    this.score = score;
  }

  /** Returns what a hit adds to the request's score where the rule does not say otherwise. */
  public int score() {
    return score;
  }
}
