/** A Netty server as it might be yours: it knows nothing of guards. */
@NullMarked
package io.gatewaykit.examples.chatroom;

import org.jspecify.annotations.NullMarked;
