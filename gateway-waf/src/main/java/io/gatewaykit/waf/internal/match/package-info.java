// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Matching of the names in rules and exclusions. */
@NullMarked
package io.gatewaykit.waf.internal.match;

import org.jspecify.annotations.NullMarked;
