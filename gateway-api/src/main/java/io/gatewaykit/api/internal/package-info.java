// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Helpers of GatewayKit's modules. Not API: exported to the modules of the project only. */
@org.jspecify.annotations.NullMarked
package io.gatewaykit.api.internal;
