/** The algorithms behind the balancers, on plain arrays: no clock, no endpoints, no threads. */
@NullMarked
package io.gatewaykit.failover.internal.balance;

import org.jspecify.annotations.NullMarked;
