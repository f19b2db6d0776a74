// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.SelectContext;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;

/**
 * A gRPC channel that sends each call to an endpoint of a failover group, whose payload is the
 * channel to that endpoint. A call with a single request message is sent to another endpoint if an
 * attempt fails before its response has started, and hedged if the group hedges; a call that
 * streams requests has one attempt.
 *
 * <p>A call is idempotent if its method is declared safe or idempotent, or if the option {@link
 * #IDEMPOTENT} is set. The outcome follows from the status, as in {@code Outcome.of}; {@code
 * grpc-retry-pushback-ms} excludes the endpoint for that time, and prevents further attempts if it
 * is negative. The deadline of the call limits all attempts together.
 *
 * <p>Thread-safe. The group and the channels are not closed by this class. Use channels without
 * retries of their own ({@code disableRetry}).
 */
public final class FailoverChannel extends Channel {
  /** Overrides whether a call is idempotent, regardless of its method. */
  public static final CallOptions.Key<Boolean> IDEMPOTENT =
      CallOptions.Key.create("gatewaykit-idempotent");

  private final FailoverGroup<? extends Channel> group;

  private FailoverChannel(FailoverGroup<? extends Channel> group) {
    this.group = requireNonNull(group, "group");
  }

  /** Returns a channel that uses the channels of the group's endpoints. */
  public static FailoverChannel of(FailoverGroup<? extends Channel> group) {
    return new FailoverChannel(group);
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return newCall(group, method, options);
  }

  private static <C extends Channel, Q, R> ClientCall<Q, R> newCall(
      FailoverGroup<C> group, MethodDescriptor<Q, R> method, CallOptions options) {
    if (method.getType().clientSendsOneMessage()) {
      return new FailoverCall<>(group, method, options);
    }
    Lease<C> lease = group.select(new SelectContext().idempotent(false));
    return lease == null
        ? new UnavailableCall<>(options)
        : new LeasedCall<>(lease, lease.payload().newCall(method, options));
  }

  /** Returns a constant: the authority of a call is that of the endpoint's channel. */
  @Override
  public String authority() {
    return "failover";
  }
}
