// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The operators' interface: status in several formats, and operations on lines. */
@NullMarked
package io.gatewaykit.edge.admin;

import org.jspecify.annotations.NullMarked;
