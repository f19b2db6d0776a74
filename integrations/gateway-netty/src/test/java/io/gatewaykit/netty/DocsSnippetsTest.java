// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.ClientAddress;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The snippets of the documentation compile. */
@ExtendWith(LeakGate.class)
class DocsSnippetsTest {
  private final GuardChain guards = GuardChain.empty();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ChannelPipeline pipeline = channel.pipeline();

  @Test
  void snippets_areCompiledHere() throws IOException, ClassNotFoundException {
    String docs = Files.readString(Path.of("../../docs/netty.md"));
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/netty/DocsSnippetsTest.java"));
    var lines = new ArrayList<String>();
    boolean inside = false;
    for (String line : docs.lines().toList()) {
      if (line.startsWith("```")) {
        inside = line.equals("```java");
      } else if (inside && line.startsWith("import ")) {
        Class.forName(line.substring("import ".length(), line.length() - 1));
      } else if (inside) {
        lines.add(line.replaceAll("\\s*//.*", "").strip());
      }
    }
    String compiled = source.replaceAll("\\s+", "");
    assertThat(lines).isNotEmpty();
    assertThat(lines)
        .allSatisfy(line -> assertThat(compiled).contains(line.replaceAll("\\s+", "")));
  }

  @Test
  void pipelines_canBeBuilt() {
    pipeline.addLast(new HttpServerCodec());
    pipeline.addLast(GatewayHandler.of(guards));
    pipeline.addLast(new YourHandler());
    pipeline.addLast(
        new WebSocketServerProtocolHandler("/chat"), new WebSocketFrameAggregator(65536));
    pipeline.addLast(WebSocketMessageGuard.of((upgrade, payload) -> limit(upgrade.client())));
    assertThat(pipeline.names()).contains("GatewayHandler#0", "WebSocketMessageGuard#0");
    channel.finishAndReleaseAll();
  }

  @Test
  void streams_canBeBuilt() {
    GatewayHandler guards = GatewayHandler.of(this.guards);
    var stream = channel;
    stream
        .pipeline()
        .addLast(new Http2StreamFrameToHttpObjectCodec(true), guards, new YourHandler());
    assertThat(stream.pipeline().get(GatewayHandler.class)).isSameAs(guards);
    channel.finishAndReleaseAll();
  }

  @Test
  void proxyProtocol_untrustedPeer_isClosed() {
    pipeline.addLast(ProxyProtocolHandler.required(List.of(Cidr.parse("10.0.0.0/8"))));
    assertThat(channel.isOpen()).isFalse();
  }

  private static Verdict limit(ClientAddress client) {
    assertThat(client).isNotNull();
    return Verdict.allow();
  }

  private static final class YourHandler extends ChannelInboundHandlerAdapter {}
}
