// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The values of a request that rules inspect. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.value;

import org.jspecify.annotations.NullMarked;
