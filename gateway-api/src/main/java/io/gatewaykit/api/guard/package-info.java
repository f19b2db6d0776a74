// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Guards, their verdicts, and the chain that runs them. */
@NullMarked
package io.gatewaykit.api.guard;

import org.jspecify.annotations.NullMarked;
