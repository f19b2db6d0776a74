// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of failover with the clients that applications use. */
@NullMarked
package io.gatewaykit.clients;

import org.jspecify.annotations.NullMarked;
