// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Checks of pages that belong to no single module. */
@NullMarked
package io.gatewaykit.docs;

import org.jspecify.annotations.NullMarked;
