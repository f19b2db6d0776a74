// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Classes of the documentation that are longer than a snippet. */
@org.jspecify.annotations.NullMarked
package io.gatewaykit.redis.docs;
