// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.failover.FailoverGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts the proxy under test on a free port, with one loop and no guards. */
final class Proxies {
  private Proxies() {}

  static ProxyServer start(
      FailoverGroup<InetSocketAddress> group,
      List<Cidr> trusted,
      Duration perTry,
      @Nullable StickyCookie sticky)
      throws IOException {
    return ProxyServer.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        1,
        GuardSelector.always(GuardChain.empty()),
        () -> group,
        new ProxyServer.Settings(
            trusted, ClientAddressResolver.peer(), perTry, perTry, perTry, sticky),
        ProxyLimits.ofProcess());
  }
}
