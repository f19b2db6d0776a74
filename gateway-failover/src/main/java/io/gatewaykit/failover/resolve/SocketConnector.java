// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;

/** Connects through the JDK's asynchronous channels. */
final class SocketConnector {
  private SocketConnector() {}

  static CompletableFuture<AsynchronousSocketChannel> connect(InetSocketAddress address) {
    var connecting = new CompletableFuture<AsynchronousSocketChannel>();
    AsynchronousSocketChannel channel;
    try {
      channel = AsynchronousSocketChannel.open();
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<?> unused =
        connecting.whenComplete((connected, failure) -> {
          if (failure != null) {
            close(channel); // aborted: also ends the attempt in the kernel
          }
        });
    try {
      channel.connect(
          address,
          null,
          new CompletionHandler<Void, Object>() {
            @Override
            public void completed(Void nothing, Object attachment) {
              if (!connecting.complete(channel)) {
                close(channel);
              }
            }

            @Override
            public void failed(Throwable failure, Object attachment) {
              connecting.completeExceptionally(failure);
            }
          });
    } catch (RuntimeException e) {
      connecting.completeExceptionally(e); // such as an address of an unsupported type
    }
    return connecting;
  }

  static void close(AsynchronousSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The connection is no longer needed, and a failure to close it cannot be handled.
    }
  }
}
