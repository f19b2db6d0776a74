// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The states of targets and the results of probes. */
@NullMarked
package io.gatewaykit.healthcheck.state;

import org.jspecify.annotations.NullMarked;
