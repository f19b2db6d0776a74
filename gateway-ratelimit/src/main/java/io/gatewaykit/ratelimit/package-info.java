/** Limits on how often something may happen. */
@NullMarked
package io.gatewaykit.ratelimit;

import org.jspecify.annotations.NullMarked;
