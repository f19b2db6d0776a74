// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Strict parsers of request bodies. Deviations from the declared format are reported. Not part of
 * the API.
 */
@NullMarked
package io.gatewaykit.waf.internal.body;

import org.jspecify.annotations.NullMarked;
