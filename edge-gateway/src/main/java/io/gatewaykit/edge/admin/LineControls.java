// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import java.util.List;

/** Operations on lines. */
public interface LineControls {
  /** Returns the names of the current lines. */
  List<String> names();

  /** Returns the names of the operations. */
  List<String> actions();

  /** Applies an operation; both arguments are names returned by the methods above. */
  void apply(String line, String action);
}
