// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The parts of a request that are the same for all clients. */
@NullMarked
package io.gatewaykit.httpclient.internal.exchange;

import org.jspecify.annotations.NullMarked;
