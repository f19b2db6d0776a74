/** Guards before a Netty server that knows nothing of them. */
@NullMarked
package io.gatewaykit.examples.netty;

import org.jspecify.annotations.NullMarked;
