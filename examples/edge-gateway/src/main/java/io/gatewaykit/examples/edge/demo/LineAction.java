package io.gatewaykit.examples.edge.demo;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be done to a simulated line. */
public enum LineAction {
  /** Its endpoints stop listening and drop their connections. */
  KILL,
  /** Its endpoints answer two seconds later than usual. */
  SLOW,
  /** Its endpoints answer 500. */
  ERRORS,
  /** Its endpoints work again. */
  RECOVER;

  /** Returns the word by which it is asked for. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the action of the word, or null if there is none. */
  public static @Nullable LineAction of(String word) {
    for (LineAction action : values()) {
      if (action.word().equals(word)) {
        return action;
      }
    }
    return null;
  }
}
