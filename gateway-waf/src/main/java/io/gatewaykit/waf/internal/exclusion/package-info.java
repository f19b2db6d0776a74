// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Compiled exclusions. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.exclusion;

import org.jspecify.annotations.NullMarked;
