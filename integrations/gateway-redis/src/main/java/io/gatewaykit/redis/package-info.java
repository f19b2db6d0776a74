// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Rate limits shared by many nodes, in Redis or Valkey: see {@link RedisStore}. */
@NullMarked
package io.gatewaykit.redis;

import org.jspecify.annotations.NullMarked;
