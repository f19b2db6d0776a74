/** Circuit breakers. */
@NullMarked
package io.gatewaykit.failover.breaker;

import org.jspecify.annotations.NullMarked;
