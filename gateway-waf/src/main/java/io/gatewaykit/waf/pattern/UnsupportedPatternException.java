package io.gatewaykit.waf.pattern;

/** Says that the front end leaves a pattern, which is valid RE2, to re2j. */
final class UnsupportedPatternException extends Exception {
  private static final long serialVersionUID = 1;

  UnsupportedPatternException(String what) {
    super(what);
  }
}
