// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The rules that move traffic between lines, without endpoints, threads or a clock. */
@NullMarked
package io.gatewaykit.failover.internal.line;

import org.jspecify.annotations.NullMarked;
