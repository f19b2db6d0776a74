// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * A call to an endpoint that may fail.
 *
 * @param <T> the payload of the endpoint
 * @param <R> the result
 */
@FunctionalInterface
public interface Call<T, R> {
  /** Calls the leased endpoint. An exception counts against the endpoint. */
  R apply(Lease<T> lease) throws Exception;
}
