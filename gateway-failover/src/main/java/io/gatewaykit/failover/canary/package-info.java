/** Division of requests between a baseline and a canary. */
@NullMarked
package io.gatewaykit.failover.canary;

import org.jspecify.annotations.NullMarked;
