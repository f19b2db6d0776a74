// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.Lease;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The outcome of an attempt by its status and its pushback. */
final class StatusOutcomes {
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);
  private static final long NONE = -1;

  private StatusOutcomes() {}

  /**
   * Ends the lease of an attempt.
   *
   * @return whether the server permits another attempt
   */
  static boolean end(Lease<?> lease, Status status, @Nullable Metadata trailers) {
    if (status.isOk()) {
      lease.succeed(OutcomeReport.NO_STATUS);
      return true;
    }
    Outcome outcome = Outcome.of(status.asRuntimeException());
    String field = trailers == null ? null : trailers.get(PUSHBACK);
    long millis = field == null ? NONE : millis(field);
    if (millis != NONE) {
      lease.pushBack(Duration.ofMillis(millis), OutcomeReport.NO_STATUS);
    } else {
      lease.end(outcome, OutcomeReport.NO_STATUS);
    }
    return field == null || millis != NONE;
  }

  /** Returns the time, or {@link #NONE} if it is negative or malformed. */
  private static long millis(String field) {
    try {
      return Math.max(NONE, Long.parseLong(field));
    } catch (NumberFormatException e) {
      return NONE;
    }
  }
}
