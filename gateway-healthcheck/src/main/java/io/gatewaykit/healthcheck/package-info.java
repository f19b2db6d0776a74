/** Watches targets by probes and by how real traffic fares, and says which of them work. */
@NullMarked
package io.gatewaykit.healthcheck;

import org.jspecify.annotations.NullMarked;
