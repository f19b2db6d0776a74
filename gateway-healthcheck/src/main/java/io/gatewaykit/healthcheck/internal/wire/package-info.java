// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Protocols of probes as transformations of bytes, without sockets or clocks. */
@NullMarked
package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.NullMarked;
