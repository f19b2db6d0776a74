// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Edge cases of RFC 9110 and 9112 in requests and responses, with an oracle on both sides. */
@NullMarked
package io.gatewaykit.edge.torture;

import org.jspecify.annotations.NullMarked;
