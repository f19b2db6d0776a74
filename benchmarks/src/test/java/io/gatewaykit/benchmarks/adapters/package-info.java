// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The overhead of the adapters in a server. */
@NullMarked
package io.gatewaykit.benchmarks.adapters;

import org.jspecify.annotations.NullMarked;
