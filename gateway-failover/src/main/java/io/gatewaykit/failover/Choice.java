// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The result of a selection: an endpoint with its line and the permits of their circuit breakers.
 * {@link EndpointSelector#select} writes it. A superclass of leases rather than a field of them,
 * which saves an object per lease. The caller of {@code select} owns it and may pass it to the next
 * selection once the lease has ended. Not thread-safe.
 */
abstract class Choice<T> {
  private @Nullable LineState<T> line;
  private @Nullable EndpointState<T> state;
  private @Nullable Endpoint<T> endpoint;

  /** The permit from the circuit breaker of the endpoint that a pick has returned last. */
  long permit;

  private long linePermit;

  /** Records the line and the endpoint, whose permit is already set. */
  final void set(LineState<T> line, EndpointState<T> state, long linePermit) {
    this.line = line;
    this.state = state;
    this.endpoint = state.endpoint;
    this.linePermit = linePermit;
  }

  /** Returns the line; only after a successful selection. */
  final LineState<T> chosenLine() {
    return requireNonNull(line);
  }

  /** Returns the state of the endpoint; only after a successful selection. */
  final EndpointState<T> chosenState() {
    return requireNonNull(state);
  }

  /** Returns the endpoint as of the selection; null before the first. */
  final @Nullable Endpoint<T> chosenEndpoint() {
    return endpoint;
  }

  final long linePermit() {
    return linePermit;
  }
}
