/** Micrometer meters of what GatewayKit's modules decide. */
@NullMarked
package io.gatewaykit.micrometer;

import org.jspecify.annotations.NullMarked;
