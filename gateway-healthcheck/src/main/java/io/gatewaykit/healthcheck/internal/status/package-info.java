/** Writes snapshots down, for people and for machines. */
@NullMarked
package io.gatewaykit.healthcheck.internal.status;

import org.jspecify.annotations.NullMarked;
