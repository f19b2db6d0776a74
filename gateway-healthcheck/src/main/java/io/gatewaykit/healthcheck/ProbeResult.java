package io.gatewaykit.healthcheck;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one probe went. Immutable.
 *
 * @param cause what decided it
 * @param status the HTTP or gRPC status, or 0 if none came
 * @param latencyNanos from its start to its end, in nanoseconds
 * @param detail what happened, for people
 * @param certificateExpiry when the target's certificate ends; null without TLS
 */
public record ProbeResult(
    Cause cause,
    int status,
    long latencyNanos,
    String detail,
    @Nullable Instant certificateExpiry) {

  /** What may decide a probe. */
  public enum Cause {
    /** The target answered as expected. */
    PASSED(Report.SUCCESS),
    /** It passed, and said that it would rather have less. */
    DEGRADED(Report.SUCCESS),
    /** It passed, and said that it is about to leave: nothing new should go there. */
    DRAINING(Report.SUCCESS),
    /** No connection came about. */
    CONNECT(Report.TCP_FAILURE),
    /** The connection could not be secured: certificate, name, client certificate, protocol. */
    TLS(Report.TCP_FAILURE),
    /** The connection broke. */
    RESET(Report.TCP_FAILURE),
    /** The whole answer did not come in time. */
    TIMEOUT(Report.TIMEOUT),
    /** What came is not the protocol. */
    PROTOCOL(Report.HTTP_FAILURE),
    /** The status is not one of the good ones. */
    STATUS(Report.HTTP_FAILURE),
    /** The body, or the bytes, are not what was expected. */
    BODY(Report.HTTP_FAILURE),
    /** Somebody else answers at this address. */
    IDENTITY(Report.HTTP_FAILURE),
    /** The target said that it must be taken out at once: no threshold applies. */
    FAIL_NOW(Report.HTTP_FAILURE),
    /** A check of the caller's own did not pass, or threw. */
    CUSTOM(Report.HTTP_FAILURE);

    private final Report report;

    Cause(Report report) {
      this.report = report;
    }

    /** Tells whether the target passed. */
    public boolean passed() {
      return report == Report.SUCCESS;
    }

    Report report() {
      return report;
    }
  }
}
