// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.demo;

import java.util.Locale;

/** An action on a simulated line. */
public enum LineAction {
  /** Endpoints stop listening and close their connections. */
  KILL,
  /** Endpoints respond two seconds later than normal. */
  SLOW,
  /** Endpoints accept requests and never respond. */
  FREEZE,
  /** Endpoints respond with 500. */
  ERRORS,
  /** Endpoints work normally again. */
  RECOVER;

  /** Returns the name of the action, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the action for a {@link #label}. */
  public static LineAction of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
