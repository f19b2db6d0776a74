// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Matches many patterns or phrases against bytes in one pass and in linear time. */
@NullMarked
package io.gatewaykit.waf.pattern;

import org.jspecify.annotations.NullMarked;
