// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Detects targets whose real traffic performs worse than that of the others. */
@NullMarked
package io.gatewaykit.healthcheck.internal.outlier;

import org.jspecify.annotations.NullMarked;
