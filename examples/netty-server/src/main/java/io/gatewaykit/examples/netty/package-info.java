/** Adds guards to a Netty server without changing it. */
@NullMarked
package io.gatewaykit.examples.netty;

import org.jspecify.annotations.NullMarked;
