// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The evaluation of rules for the values of a request. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.engine;

import org.jspecify.annotations.NullMarked;
