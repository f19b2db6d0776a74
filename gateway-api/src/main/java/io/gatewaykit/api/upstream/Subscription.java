// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

/** The subscription of a listener. Closing it more than once has no effect. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  /** Ends the subscription: the listener is not called for later events. */
  @Override
  void close();
}
