package io.gatewaykit.waf.internal.rules;

/** Composes patterns of named parts. The parts are RE2 and may hold alternatives of their own. */
final class Regex {
  private Regex() {}

  /** Returns a group of alternatives. */
  static String any(String... alternatives) {
    return "(?:" + String.join("|", alternatives) + ")";
  }

  /** Returns alternatives that are whole words. */
  static String word(String... words) {
    return "\\b" + any(words) + "\\b";
  }

  /** Returns a part that may be absent. */
  static String maybe(String... alternatives) {
    return any(alternatives) + "?";
  }
}
