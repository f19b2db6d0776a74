// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Lease;
import java.net.URI;

/**
 * Ends the lease of an attempt with the body of its response. Only the first call has an effect.
 * Thread-safe.
 */
public final class LeaseEnd {
  private final Lease<URI> lease;
  private final int status;

  /** Creates the end of a lease whose response has this status. */
  public LeaseEnd(Lease<URI> lease, int status) {
    this.lease = lease;
    this.status = status;
  }

  /** Reports that the body was read completely, or that the application needs no more of it. */
  public void onClosed() {
    lease.succeed(status);
  }

  /** Reports that the body ended prematurely. */
  public void onFailure(Throwable failure) {
    lease.end(Outcome.of(failure), status);
  }
}
