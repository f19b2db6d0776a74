// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** A web application firewall that evaluates one set of rules on the decoded bytes of a request. */
@NullMarked
package io.gatewaykit.waf;

import org.jspecify.annotations.NullMarked;
