// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Routing of requests to policies, with explanations. */
@NullMarked
package io.gatewaykit.api.route;

import org.jspecify.annotations.NullMarked;
