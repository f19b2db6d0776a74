// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A command that evaluates a firewall policy against recorded requests and reports the results. */
@NullMarked
package io.gatewaykit.examples.replay;

import org.jspecify.annotations.NullMarked;
