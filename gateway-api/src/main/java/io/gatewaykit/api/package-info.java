// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The injected source of time. */
@NullMarked
package io.gatewaykit.api;

import org.jspecify.annotations.NullMarked;
