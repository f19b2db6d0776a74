// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.admin.GatewayStatus;
import java.util.List;

/** The active configuration and the result of the last reload. Immutable. */
record ConfigState(
    String source,
    long revision,
    long loadedAt,
    String lastReload,
    long lastReloadAt,
    List<String> pending,
    List<String> problems,
    long applied,
    long rejected) {

  static ConfigState first(String source, long now) {
    return new ConfigState(source, 1, now, "none", 0, List.of(), List.of(), 0, 0);
  }

  /**
   * Returns the state after a configuration has been applied.
   *
   * @param pending the changes that take effect only after a restart
   */
  ConfigState applied(long now, List<String> pending) {
    return new ConfigState(
        source, revision + 1, now, "applied", now, pending, List.of(), applied + 1, rejected);
  }

  ConfigState rejected(long now, List<String> why) {
    return new ConfigState(
        source,
        revision,
        loadedAt,
        "rejected",
        now,
        pending,
        List.copyOf(why),
        applied,
        rejected + 1);
  }

  GatewayStatus.Config view() {
    return new GatewayStatus.Config(
        source, revision, loadedAt, lastReload, lastReloadAt, pending, problems, applied, rejected);
  }
}
