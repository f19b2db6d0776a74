/** Types shared by health checks and failover. */
@NullMarked
package io.gatewaykit.api.upstream;

import org.jspecify.annotations.NullMarked;
