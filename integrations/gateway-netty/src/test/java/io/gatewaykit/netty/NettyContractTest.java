// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.tck.AdapterContract;
import io.gatewaykit.api.tck.TckServer;
import io.netty.handler.codec.http.HttpServerCodec;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract tests of all adapters, with a Netty handler. */
@ExtendWith(LeakGate.class)
class NettyContractTest extends AdapterContract {
  @Override
  protected TckServer start(
      GuardSelector guards, RejectionRenderer renderer, ClientAddressResolver clients) {
    GatewayHandler handler =
        GatewayHandler.builder().guards(guards).rejections(renderer).clientAddress(clients).build();
    TestServer server =
        TestServer.start(channel ->
            channel
                .pipeline()
                .addLast(new HttpServerCodec(), handler, new TckHandler(application)));
    return new TckServer() {
      @Override
      public int port() {
        return server.port();
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }

  @Override
  protected String name() {
    return "Netty";
  }

  @Override
  protected Targets targets() {
    return Targets.AS_SENT;
  }
}
