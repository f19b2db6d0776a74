/** The lines behind the gateway: their health, and which of them gets the traffic. */
@NullMarked
package io.gatewaykit.examples.edge.upstream;

import org.jspecify.annotations.NullMarked;
