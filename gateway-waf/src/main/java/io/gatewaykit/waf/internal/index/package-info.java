// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of a firewall, compiled and indexed by the values that they inspect. Not part of the
 * API.
 */
@NullMarked
package io.gatewaykit.waf.internal.index;

import org.jspecify.annotations.NullMarked;
