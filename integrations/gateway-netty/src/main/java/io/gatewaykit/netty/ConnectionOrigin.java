// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.Headers;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The origin of the requests of one channel. Resolved at the first request and not earlier, because
 * the PROXY header and the TLS handler may arrive later than the connection.
 */
final class ConnectionOrigin {
  private final Channel channel;
  private final ClientAddressResolver clients;
  private @Nullable Boolean secure;
  private @Nullable InetAddress peer;

  ConnectionOrigin(Channel channel, ClientAddressResolver clients) {
    this.channel = channel;
    this.clients = clients;
  }

  boolean isSecure() {
    Boolean known = secure;
    if (known == null) {
      known = connection().pipeline().get(SslHandler.class) != null;
      secure = known;
    }
    return known;
  }

  ClientAddress client(Headers headers) {
    InetAddress known = peer;
    if (known == null) {
      known = findPeer();
      peer = known;
    }
    return clients.resolve(known, headers);
  }

  private InetAddress findPeer() {
    InetSocketAddress proxied = ProxyProtocolHandler.source(connection()).orElse(null);
    SocketAddress remote = proxied == null ? channel.remoteAddress() : proxied;
    return remote instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress()
        : InetAddress.getLoopbackAddress(); // a local transport
  }

  /**
   * Returns the transport connection: the channel itself, or the parent channel of an HTTP/2
   * stream.
   */
  private Channel connection() {
    Channel parent = channel.parent();
    return parent == null || parent instanceof ServerChannel ? channel : parent;
  }
}
