// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Failover, retries, hedging and deadlines around an existing HTTP client: the settings that all
 * adapters share. Each adapter has its own package.
 */
@NullMarked
package io.gatewaykit.httpclient;

import org.jspecify.annotations.NullMarked;
