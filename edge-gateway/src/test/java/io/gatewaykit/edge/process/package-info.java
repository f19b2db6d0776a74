// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Programs started and stopped by tests. */
@NullMarked
package io.gatewaykit.edge.process;

import org.jspecify.annotations.NullMarked;
