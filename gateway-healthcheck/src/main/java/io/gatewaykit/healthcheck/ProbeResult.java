package io.gatewaykit.healthcheck;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one probe went.
 *
 * @param report what it says of the target
 * @param status the HTTP or gRPC status, or 0 if none came
 * @param latencyNanos from its start to its end, in nanoseconds
 * @param detail what happened, for people
 * @param certificateExpiry when the target's certificate ends; null without TLS
 */
public record ProbeResult(
    Report report,
    int status,
    long latencyNanos,
    String detail,
    @Nullable Instant certificateExpiry) {}
