package io.gatewaykit.healthcheck;

/**
 * How one probe went.
 *
 * @param report what it says of the target
 * @param status the HTTP status, or 0 if none came
 * @param latencyNanos from its start to its end, in nanoseconds
 * @param detail what happened, for people
 */
public record ProbeResult(Report report, int status, long latencyNanos, String detail) {}
