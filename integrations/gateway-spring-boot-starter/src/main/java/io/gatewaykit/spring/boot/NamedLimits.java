// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import java.util.Map;
import java.util.TreeMap;

/**
 * The limits of the application.
 *
 * @param all all limits by name
 */
record NamedLimits(Map<String, NamedLimit> all) {
  /** Copies the map. */
  NamedLimits {
    all = Map.copyOf(all);
  }

  /** Returns the limits that apply to requests, sorted by name. */
  Map<String, NamedLimit> ofRequests() {
    var limits = new TreeMap<>(all);
    limits.values().removeIf(NamedLimit::ofMethods);
    return limits;
  }
}
