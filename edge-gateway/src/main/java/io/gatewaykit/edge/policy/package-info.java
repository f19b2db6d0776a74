// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The guards, built from the configuration and replaced at runtime. */
@NullMarked
package io.gatewaykit.edge.policy;

import org.jspecify.annotations.NullMarked;
