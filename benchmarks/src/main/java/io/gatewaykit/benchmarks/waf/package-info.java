// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of the firewall, and of its pattern sets with other engines. */
@NullMarked
package io.gatewaykit.benchmarks.waf;

import org.jspecify.annotations.NullMarked;
