// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

/**
 * A server on the loopback address, with the adapter under test in front of an application that
 * responds as specified by {@link TckApplication}.
 */
public interface TckServer extends AutoCloseable {
  /** Returns the port of the server. */
  int port();

  @Override
  void close();
}
