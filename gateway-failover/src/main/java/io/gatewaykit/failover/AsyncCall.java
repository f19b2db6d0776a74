// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.concurrent.CompletionStage;

/**
 * A call to an endpoint that does not block.
 *
 * @param <T> the payload of the endpoint
 * @param <R> the result
 */
@FunctionalInterface
public interface AsyncCall<T, R> {
  /** Starts the call. If it throws or the stage fails, this counts against the endpoint. */
  CompletionStage<R> apply(Lease<T> lease) throws Exception;
}
