// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** An ordinary Netty server that does not use guards. */
@NullMarked
package io.gatewaykit.examples.chatroom;

import org.jspecify.annotations.NullMarked;
