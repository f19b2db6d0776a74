/** Waiting without a thread for each who waits. Not for users of the library. */
@NullMarked
package io.gatewaykit.failover.internal.schedule;

import org.jspecify.annotations.NullMarked;
