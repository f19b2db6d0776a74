package io.gatewaykit.healthcheck;

/**
 * How many reports change a verdict. The rule is that of lua-resty-healthcheck: a report that
 * agrees with a settled state changes nothing; any other is counted by its kind, a success
 * forgetting all failures and a failure all successes; the count that reaches its threshold
 * decides.
 *
 * @param successes after how many successes in a row a target is healthy, 0 to 254
 * @param httpFailures after how many bad answers it is unhealthy, 0 to 254
 * @param tcpFailures after how many failed connections it is unhealthy, 0 to 254
 * @param timeouts after how many answers out of time it is unhealthy, 0 to 254
 * @param together whether all kinds of failures count as one, by the threshold of {@code
 *     httpFailures}
 */
@SuppressWarnings("EnumOrdinal") // packed into a word; both enums say their order matters
public record Thresholds(
    int successes, int httpFailures, int tcpFailures, int timeouts, boolean together) {
  private static final int MAX = 254;
  private static final int STATE_BITS = 2;
  private static final int COUNT_MASK = 0xff;
  private static final TargetState[] STATES = TargetState.values();

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Thresholds {
    check("successes", successes);
    check("httpFailures", httpFailures);
    check("tcpFailures", tcpFailures);
    check("timeouts", timeouts);
  }

  /** Healthy after {@code rise} successes in a row, unhealthy after {@code fall} failures. */
  public static Thresholds riseFall(int rise, int fall) {
    return new Thresholds(rise, fall, fall, fall, true);
  }

  /** Counts each kind by itself; what has threshold 0 is ignored. */
  public static Thresholds perKind(int successes, int httpFailures, int tcpFailures, int timeouts) {
    return new Thresholds(successes, httpFailures, tcpFailures, timeouts, false);
  }

  private static void check(String name, int value) {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 0.." + MAX + ")");
    }
  }

  /**
   * Returns the word after a report. A word holds the state in bits 0–1 and the counts of the four
   * kinds, in the order of {@link Report}, in eight bits each from bit 2.
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

  /** The word of a target in a state nothing speaks against. */
  static long settled(TargetState state) {
    return state.ordinal();
  }

  /** The word of a target that is up on trust: the first failure takes it down. */
  long oneFailureFromDown() {
    if (httpFailures <= 1) {
      return settled(TargetState.HEALTHY);
    }
    long counts = (long) (httpFailures - 1) << shift(Report.HTTP_FAILURE);
    return counts | TargetState.MOSTLY_HEALTHY.ordinal();
  }

  /** The word of a target that is down until shown otherwise: the first success brings it up. */
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
