/** GatewayKit's guards before a Netty HTTP handler. */
@NullMarked
package io.gatewaykit.netty;

import org.jspecify.annotations.NullMarked;
