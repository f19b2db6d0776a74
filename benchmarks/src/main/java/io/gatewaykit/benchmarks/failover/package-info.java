/** Choosing, leasing and breaking, beside the peers. */
@NullMarked
package io.gatewaykit.benchmarks.failover;

import org.jspecify.annotations.NullMarked;
