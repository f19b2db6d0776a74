// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A servlet filter that evaluates a guard chain in front of an application. */
@NullMarked
package io.gatewaykit.servlet;

import org.jspecify.annotations.NullMarked;
