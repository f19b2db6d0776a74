/** Limits kept in Redis, beside their peers. */
@NullMarked
package io.gatewaykit.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
