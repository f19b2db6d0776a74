package io.gatewaykit.redis;

import java.time.Duration;

/**
 * A time in which Redis did not serve.
 *
 * @param cause what was wrong at its beginning, in words for people; empty when it is over
 * @param length how long it took; zero at its beginning
 */
public record RedisOutage(String cause, Duration length) {}
