// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A small servlet application that does not use guards. */
@NullMarked
package io.gatewaykit.examples.guestbook;

import org.jspecify.annotations.NullMarked;
