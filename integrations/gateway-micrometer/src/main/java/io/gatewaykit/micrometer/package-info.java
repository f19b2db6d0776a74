/** Micrometer meters for the modules of GatewayKit. */
@NullMarked
package io.gatewaykit.micrometer;

import org.jspecify.annotations.NullMarked;
