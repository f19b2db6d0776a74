/** From host names to addresses, and from addresses to the connection that comes about first. */
@NullMarked
package io.gatewaykit.failover.resolve;

import org.jspecify.annotations.NullMarked;
