// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The verdict on a target: packed state and counts, and the rules that change them. */
@NullMarked
package io.gatewaykit.healthcheck.internal.verdict;

import org.jspecify.annotations.NullMarked;
