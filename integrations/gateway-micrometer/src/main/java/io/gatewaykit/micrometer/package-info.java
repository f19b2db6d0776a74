// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Micrometer meters for the modules of GatewayKit. */
@NullMarked
package io.gatewaykit.micrometer;

import org.jspecify.annotations.NullMarked;
