package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.state.TargetState;

/**
 * The number of reports that change a verdict. A report that agrees with a settled state has no
 * effect. Any other is counted: a success clears the counts of failures, a failure that of
 * successes. The count that reaches its threshold decides.
 *
 * <p>There are two modes. {@link #perKind} is that of lua-resty-healthcheck: each kind of failure
 * has its own count, and a target that has failed without becoming unhealthy is mostly healthy
 * until it has succeeded often enough. {@link #riseFall} is that of HAProxy, Envoy and
 * lua-resty-upstream-healthcheck: all failures share one count, a single success clears the
 * failures of a healthy target, and a single failure the successes of an unhealthy one.
 *
 * @param successes consecutive successes until a target is healthy, 0 to 254
 * @param httpFailures bad responses until it is unhealthy, 0 to 254
 * @param tcpFailures failed connections until it is unhealthy, 0 to 254
 * @param timeouts timeouts until it is unhealthy, 0 to 254
 * @param together whether all kinds of failures share one count, with the threshold {@code
 *     httpFailures}
 */
@SuppressWarnings("EnumOrdinal") // packed into a word; both enums document that their order matters
public record Thresholds(
    int successes, int httpFailures, int tcpFailures, int timeouts, boolean together) {
  private static final int MAX = 254;
  private static final int STATE_BITS = 2;
  private static final int COUNT_MASK = 0xff;
  private static final TargetState[] STATES = TargetState.values();

  /**
   * Validates the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Thresholds {
    Arguments.range("successes", successes, 0, MAX);
    Arguments.range("httpFailures", httpFailures, 0, MAX);
    Arguments.range("tcpFailures", tcpFailures, 0, MAX);
    Arguments.range("timeouts", timeouts, 0, MAX);
  }

  /**
   * Returns thresholds for {@code rise} consecutive successes to become healthy and {@code fall}
   * failures to become unhealthy.
   */
  public static Thresholds riseFall(int rise, int fall) {
    return new Thresholds(rise, fall, fall, fall, true);
  }

  /** Returns HAProxy's defaults: rise 2, fall 3. */
  public static Thresholds haproxy() {
    return riseFall(2, 3);
  }

  /** Returns the defaults of lua-resty-upstream-healthcheck: rise 2, fall 5. */
  public static Thresholds openResty() {
    return riseFall(2, 5);
  }

  /** Returns the defaults of lua-resty-healthcheck for probes. */
  public static Thresholds kongActive() {
    return perKind(2, 5, 2, 3);
  }

  /** Returns the defaults of lua-resty-healthcheck for real traffic. */
  public static Thresholds kongPassive() {
    return perKind(5, 5, 2, 7);
  }

  /** Returns thresholds under which reports have no effect. */
  public static Thresholds off() {
    return perKind(0, 0, 0, 0);
  }

  boolean isOff() {
    return httpFailures == 0 && (together || (tcpFailures == 0 && timeouts == 0));
  }

  /** Returns thresholds with a separate count per kind; a kind with threshold 0 is ignored. */
  public static Thresholds perKind(int successes, int httpFailures, int tcpFailures, int timeouts) {
    return new Thresholds(successes, httpFailures, tcpFailures, timeouts, false);
  }

  /**
   * Returns the word after a report. A word contains the state in bits 0–1 and the counts of the
   * four kinds, in the order of {@link Report}, in eight bits each from bit 2.
   */
  long next(long word, Report report) {
    boolean success = report == Report.SUCCESS;
    Report kind = together && !success ? Report.HTTP_FAILURE : report;
    int threshold = threshold(kind);
    TargetState state = state(word);
    boolean agrees = state == (success ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    if (threshold == 0 || agrees) {
      return word;
    }
    int count = Math.min(MAX, count(word, kind) + 1);
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
  int missing(long word, Report report) {
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

  static TargetState state(long word) {
    return STATES[(int) (word & 3)];
  }

  static int count(long word, Report report) {
    return (int) (word >>> shift(report)) & COUNT_MASK;
  }

  /** Returns the word of a target in a settled state. */
  static long settled(TargetState state) {
    return state.ordinal();
  }

  /** Returns the word of a new target. */
  long initial(TargetState state) {
    return switch (state) {
      case HEALTHY, UNHEALTHY -> settled(state);
      case MOSTLY_HEALTHY -> oneFailureFromDown();
      case MOSTLY_UNHEALTHY -> oneSuccessFromUp();
      default -> settled(TargetState.HEALTHY) | VerdictWord.UNDECIDED;
    };
  }

  /** Returns the word of a healthy target that the first failure makes unhealthy. */
  long oneFailureFromDown() {
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
  long oneSuccessFromUp() {
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
