/** Counts and latencies of recent calls. */
@NullMarked
package io.gatewaykit.failover.internal.window;

import org.jspecify.annotations.NullMarked;
