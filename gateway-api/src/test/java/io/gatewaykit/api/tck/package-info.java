// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The contract tests that every adapter runs, and the architecture rules of every module. */
@NullMarked
package io.gatewaykit.api.tck;

import org.jspecify.annotations.NullMarked;
