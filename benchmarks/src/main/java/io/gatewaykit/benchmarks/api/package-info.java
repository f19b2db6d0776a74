/** Benchmarks of gateway-api. */
@NullMarked
package io.gatewaykit.benchmarks.api;

import org.jspecify.annotations.NullMarked;
