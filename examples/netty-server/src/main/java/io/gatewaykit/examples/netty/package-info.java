/** A Netty server that knows nothing of guards, and one that puts guards before it. */
@NullMarked
package io.gatewaykit.examples.netty;

import org.jspecify.annotations.NullMarked;
