// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import io.gatewaykit.failover.Lease;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;

/** A call with a single attempt, which ends its lease when it closes. */
final class LeasedCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
  private final Lease<?> lease;

  LeasedCall(Lease<?> lease, ClientCall<Q, R> call) {
    super(call);
    this.lease = lease;
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    super.start(
        new SimpleForwardingClientCallListener<R>(listener) {
          @Override
          public void onHeaders(Metadata received) {
            lease.responseStarted();
            super.onHeaders(received);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            boolean unused = StatusOutcomes.end(lease, status, trailers);
            super.onClose(status, trailers);
          }
        },
        headers);
  }
}
