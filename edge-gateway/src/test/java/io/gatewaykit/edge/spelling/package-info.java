// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Readings of path spellings by servers, and attempts to bypass the gateway's routes with them. */
@NullMarked
package io.gatewaykit.edge.spelling;

import org.jspecify.annotations.NullMarked;
