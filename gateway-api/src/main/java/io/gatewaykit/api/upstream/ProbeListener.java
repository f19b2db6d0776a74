// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/** A listener for the successful probes of a {@link HealthSignal}. Exceptions are caught. */
@FunctionalInterface
public interface ProbeListener {
  /** Called after a successful probe of the endpoint, with its latency in nanoseconds. */
  void onProbe(String endpointId, long latencyNanos);
}
