// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.verdict;

import io.gatewaykit.healthcheck.state.TargetState;

/**
 * The effect of reports on a verdict, as pure functions of the packed word of a {@link
 * PackedVerdict}. A threshold of 0 disables its kind of report.
 *
 * @param successes consecutive successes until a target is healthy
 * @param httpFailures bad responses until it is unhealthy
 * @param tcpFailures failed connections until it is unhealthy
 * @param timeouts timeouts until it is unhealthy
 * @param together whether all kinds of failures share one count, with the threshold {@code
 *     httpFailures}
 */
@SuppressWarnings("EnumOrdinal") // packed into a word; both enums document that their order matters
public record VerdictRules(
    int successes, int httpFailures, int tcpFailures, int timeouts, boolean together) {
  /** The largest count. */
  public static final int MAX_COUNT = 254;

  private static final int STATE_BITS = 2;
  private static final int COUNT_MASK = 0xff;
  private static final TargetState[] STATES = TargetState.values();

  /** Returns whether no failure has an effect. */
  public boolean isOff() {
    return httpFailures == 0 && (together || (tcpFailures == 0 && timeouts == 0));
  }

  /**
   * Returns the word after a report. A word contains the state in bits 0–1 and the counts of the
   * four kinds, in the order of {@link Report}, in eight bits each from bit 2.
   */
  public long next(long word, Report report) {
    boolean success = report == Report.SUCCESS;
    Report kind = together && !success ? Report.HTTP_FAILURE : report;
    int threshold = threshold(kind);
    TargetState state = state(word);
    boolean agrees = state == (success ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    if (threshold == 0 || agrees) {
      return word;
    }
    int count = Math.min(MAX_COUNT, count(word, kind) + 1);
    if (together && count < threshold && state.available() == success) {
      return settled(success ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    }
    TargetState next = state;
    if (count >= threshold) {
      next = success ? TargetState.HEALTHY : TargetState.UNHEALTHY;
    } else if (state == TargetState.HEALTHY) {
      next = TargetState.MOSTLY_HEALTHY;
    } else if (state == TargetState.UNHEALTHY) {
      next = TargetState.MOSTLY_UNHEALTHY;
    }
    long counts = success ? 0 : word & ~mask(Report.SUCCESS) & ~mask(kind) & ~3L;
    return counts | (long) count << shift(kind) | next.ordinal();
  }

  /** Returns the number of further reports that would change the verdict; 0 if none would. */
  public int missing(long word, Report report) {
    Report kind = together && report != Report.SUCCESS ? Report.HTTP_FAILURE : report;
    return Math.max(0, threshold(kind) - count(word, kind));
  }

  private int threshold(Report report) {
    return switch (report) {
      case SUCCESS -> successes;
      case HTTP_FAILURE -> httpFailures;
      case TCP_FAILURE -> tcpFailures;
      case TIMEOUT -> timeouts;
    };
  }

  /** Returns the state in a word. */
  public static TargetState state(long word) {
    return STATES[(int) (word & 3)];
  }

  /** Returns the count of a kind of report in a word. */
  public static int count(long word, Report report) {
    return (int) (word >>> shift(report)) & COUNT_MASK;
  }

  /** Returns the word of a target in a settled state. */
  public static long settled(TargetState state) {
    return state.ordinal();
  }

  /** Returns the word of a new target. */
  public long initial(TargetState state) {
    return switch (state) {
      case HEALTHY, UNHEALTHY -> settled(state);
      case MOSTLY_HEALTHY -> oneFailureFromDown();
      case MOSTLY_UNHEALTHY -> oneSuccessFromUp();
      default -> settled(TargetState.HEALTHY) | PackedVerdict.UNDECIDED;
    };
  }

  /** Returns the word of a healthy target that the first failure makes unhealthy. */
  public long oneFailureFromDown() {
    if (httpFailures <= 1) {
      return settled(TargetState.HEALTHY);
    }
    long counts = (long) (httpFailures - 1) << shift(Report.HTTP_FAILURE);
    if (!together) {
      counts |= (long) Math.max(0, tcpFailures - 1) << shift(Report.TCP_FAILURE);
      counts |= (long) Math.max(0, timeouts - 1) << shift(Report.TIMEOUT);
    }
    return counts | TargetState.MOSTLY_HEALTHY.ordinal();
  }

  /** Returns the word of an unhealthy target that the first success makes healthy. */
  public long oneSuccessFromUp() {
    if (successes <= 1) {
      return settled(TargetState.UNHEALTHY);
    }
    long counts = (long) (successes - 1) << shift(Report.SUCCESS);
    return counts | TargetState.MOSTLY_UNHEALTHY.ordinal();
  }

  private static int shift(Report report) {
    return STATE_BITS + 8 * report.ordinal();
  }

  private static long mask(Report report) {
    return (long) COUNT_MASK << shift(report);
  }
}
