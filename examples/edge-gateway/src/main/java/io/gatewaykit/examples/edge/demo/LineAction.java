package io.gatewaykit.examples.edge.demo;

import java.util.Locale;

/** What can be done to a simulated line. */
public enum LineAction {
  /** Its endpoints stop listening and drop their connections. */
  KILL,
  /** Its endpoints answer two seconds later than usual. */
  SLOW,
  /** Its endpoints take requests and do not answer. */
  FREEZE,
  /** Its endpoints answer 500. */
  ERRORS,
  /** Its endpoints work again. */
  RECOVER;

  /** Returns the word by which it is asked for. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the action of a {@link #word}. */
  public static LineAction of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
