/** The words health checking and failover share. */
@NullMarked
package io.gatewaykit.api.upstream;

import org.jspecify.annotations.NullMarked;
