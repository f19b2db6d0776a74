// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.time.Duration;
import java.util.List;

/**
 * The line that a request would be sent to now, and the reasons against the others.
 *
 * @param line the line; empty if none is available
 * @param rule the rule that selected it, human-readable
 * @param panic whether too few endpoints are healthy, so that health is ignored or requests are
 *     rejected
 * @param lines the state of each line, in order of preference
 */
public record Explanation(String line, String rule, boolean panic, List<Reason> lines) {
  /** Copies the list. */
  public Explanation {
    lines = List.copyOf(lines);
  }

  /**
   * The state of one line.
   *
   * @param line its id
   * @param share its share of the traffic, 0 to 1
   * @param available the number of endpoints that may be picked
   * @param endpoints the number of all its endpoints
   * @param why a human-readable description of its state
   * @param since the age of that state
   */
  public record Reason(
      String line, double share, int available, int endpoints, String why, Duration since) {}

  /** Returns the explanation as text: the rule, then one line of text per line. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(line.isEmpty() ? "no line" : "line " + line).append(": ").append(rule);
    for (Reason reason : lines) {
      text.append(
          String.format(
              java.util.Locale.ROOT,
              "%n  %s: %.1f %% of the traffic, %d of %d endpoints, for %d s: %s",
              reason.line,
              100 * reason.share,
              reason.available,
              reason.endpoints,
              reason.since.toSeconds(),
              reason.why));
    }
    return text.toString();
  }
}
