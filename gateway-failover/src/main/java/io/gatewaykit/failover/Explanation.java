package io.gatewaykit.failover;

import java.time.Duration;
import java.util.List;

/**
 * Which line a request would go to now, and why not to the others.
 *
 * @param line the line; empty if there is none
 * @param rule which rule decided, for people
 * @param panic whether too little is healthy, so that health is ignored or requests are refused
 * @param lines how each line stands, in the order of preference
 */
public record Explanation(String line, String rule, boolean panic, List<Reason> lines) {
  /** Copies the list. */
  public Explanation {
    lines = List.copyOf(lines);
  }

  /**
   * How one line stands.
   *
   * @param line its id
   * @param share its part of the traffic, 0 to 1
   * @param available how many of its endpoints may be picked
   * @param endpoints how many it has
   * @param why what it does or waits for, for people
   * @param since how long it has been so
   */
  public record Reason(
      String line, double share, int available, int endpoints, String why, Duration since) {}

  /** Returns the whole as a text of one line for each line. */
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
