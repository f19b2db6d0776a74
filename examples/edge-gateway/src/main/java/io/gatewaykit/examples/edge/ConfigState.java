package io.gatewaykit.examples.edge;

import io.gatewaykit.examples.edge.admin.GatewayStatus;
import java.util.List;

/** Which configuration is in force, and what became of the last attempt to change it. Immutable. */
record ConfigState(
    String source,
    long revision,
    long loadedAt,
    String lastReload,
    long lastReloadAt,
    List<String> problems,
    long applied,
    long refused) {

  static ConfigState first(String source, long now) {
    return new ConfigState(source, 1, now, "none", 0, List.of(), 0, 0);
  }

  ConfigState applied(long now) {
    return new ConfigState(
        source, revision + 1, now, "applied", now, List.of(), applied + 1, refused);
  }

  ConfigState refused(long now, List<String> why) {
    return new ConfigState(
        source, revision, loadedAt, "refused", now, List.copyOf(why), applied, refused + 1);
  }

  GatewayStatus.Config view() {
    return new GatewayStatus.Config(
        source, revision, loadedAt, lastReload, lastReloadAt, problems, applied, refused);
  }
}
