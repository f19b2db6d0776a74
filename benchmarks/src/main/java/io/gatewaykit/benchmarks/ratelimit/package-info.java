/** Benchmarks of gateway-ratelimit. */
@NullMarked
package io.gatewaykit.benchmarks.ratelimit;

import org.jspecify.annotations.NullMarked;
