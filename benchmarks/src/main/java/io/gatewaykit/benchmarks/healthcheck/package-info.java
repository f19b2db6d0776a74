/** Benchmarks of gateway-healthcheck. */
@NullMarked
package io.gatewaykit.benchmarks.healthcheck;

import org.jspecify.annotations.NullMarked;
