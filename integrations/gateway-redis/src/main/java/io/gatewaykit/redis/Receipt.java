package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;

/**
 * What must be known of permits that may be given back.
 *
 * @param plan by which they were taken
 * @param sec when the bucket would have drained right after, by the server's clock: the second
 * @param units within it, in the plan's units
 * @param period the bucket's busy period in which they were taken
 * @param given how much had been given back in it before
 * @param dip when the bucket had last been nearly empty
 */
record Receipt(Gcra plan, long sec, long units, long period, long given, long dip) {}
