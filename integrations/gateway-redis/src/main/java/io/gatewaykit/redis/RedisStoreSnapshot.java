package io.gatewaykit.redis;

/**
 * How a {@link RedisStore} stands. Counters start with the store.
 *
 * @param available whether Redis is asked for every key: there is a connection, and the breaker, in
 *     a cluster each node's, is closed
 * @param inFlight calls under way
 * @param calls calls made, one round trip each
 * @param timeouts calls that were not answered within the deadline
 * @param disconnections calls that found or lost no connection
 * @param errors calls that Redis answered with an error
 * @param notAsked calls not made, because a breaker was open or too many were under way
 * @param scriptLoads calls that carried a script because Redis did not know it
 * @param outages how often a breaker opened
 */
public record RedisStoreSnapshot(
    boolean available,
    int inFlight,
    long calls,
    long timeouts,
    long disconnections,
    long errors,
    long notAsked,
    long scriptLoads,
    long outages) {}
