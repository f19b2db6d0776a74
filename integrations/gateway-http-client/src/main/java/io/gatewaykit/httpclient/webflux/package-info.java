// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for the reactive client of Spring. */
@NullMarked
package io.gatewaykit.httpclient.webflux;

import org.jspecify.annotations.NullMarked;
