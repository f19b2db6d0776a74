package io.gatewaykit.redis;

/**
 * How a limiter stands. Counters start with it.
 *
 * @param remote decisions taken by Redis
 * @param leased decisions taken from permits taken ahead
 * @param denied refusals by memory of an earlier one
 * @param fallback decisions taken by the failure policy
 * @param repaired keys that held something else, and were written anew
 * @param clockSteps buckets found fuller than they can be, because the server's clock had stepped
 */
public record RedisLimiterSnapshot(
    long remote, long leased, long denied, long fallback, long repaired, long clockSteps) {}
