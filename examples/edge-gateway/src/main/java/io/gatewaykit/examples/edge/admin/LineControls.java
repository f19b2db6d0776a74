package io.gatewaykit.examples.edge.admin;

import java.util.List;

/** What an operator can do to lines. */
public interface LineControls {
  /** Returns the lines of now. */
  List<String> names();

  /** Returns the words for what can be done. */
  List<String> actions();

  /** Does it; both words are of those above. */
  void apply(String line, String action);
}
