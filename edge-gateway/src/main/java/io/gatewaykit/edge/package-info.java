// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A complete edge gateway, built on the public API of GatewayKit's modules. */
@NullMarked
package io.gatewaykit.edge;

import org.jspecify.annotations.NullMarked;
