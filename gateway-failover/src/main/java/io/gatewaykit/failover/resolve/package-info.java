// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Name resolution, and connection racing among the resolved addresses.
 *
 * <p>A resolver for a client in the field is typically composed of {@linkplain
 * io.gatewaykit.failover.resolve.HttpDnsResolver HTTPDNS} {@linkplain
 * io.gatewaykit.failover.resolve.RacingResolver raced} with the system's DNS, a {@linkplain
 * io.gatewaykit.api.upstream.AddressResolver#builtIn built-in list} as fallback, and a {@linkplain
 * io.gatewaykit.failover.resolve.CachingResolver cache} in front.
 */
@NullMarked
package io.gatewaykit.failover.resolve;

import org.jspecify.annotations.NullMarked;
