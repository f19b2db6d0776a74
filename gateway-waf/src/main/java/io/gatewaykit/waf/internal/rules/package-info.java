// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The built-in rules, one file per family. */
@NullMarked
package io.gatewaykit.waf.internal.rules;

import org.jspecify.annotations.NullMarked;
