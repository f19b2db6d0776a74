// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Adds guards to the guestbook without changing it. */
@NullMarked
package io.gatewaykit.examples.servlet;

import org.jspecify.annotations.NullMarked;
