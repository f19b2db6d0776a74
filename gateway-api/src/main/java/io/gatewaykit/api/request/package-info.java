// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The view of a request that guards receive, and the resolution of its client address. */
@NullMarked
package io.gatewaykit.api.request;

import org.jspecify.annotations.NullMarked;
