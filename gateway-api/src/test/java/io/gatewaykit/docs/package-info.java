// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the text of the project: comments and pages. */
@NullMarked
package io.gatewaykit.docs;

import org.jspecify.annotations.NullMarked;
