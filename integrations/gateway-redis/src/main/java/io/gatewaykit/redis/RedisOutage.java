package io.gatewaykit.redis;

import java.time.Duration;

/**
 * A time in which Redis, or a node of its cluster, did not serve.
 *
 * @param node which node of a cluster, as host and port; empty if there is no cluster
 * @param cause what was wrong at its beginning, in words for people; empty when it is over
 * @param length how long it took; zero at its beginning
 */
public record RedisOutage(String node, String cause, Duration length) {}
