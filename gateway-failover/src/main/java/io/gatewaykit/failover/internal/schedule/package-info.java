// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Timers that need no thread per waiting call. Not part of the public API. */
@NullMarked
package io.gatewaykit.failover.internal.schedule;

import org.jspecify.annotations.NullMarked;
