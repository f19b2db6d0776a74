// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Upgrades and tunnels, which end the guarding of a connection, and the end of connections. */
@ExtendWith(LeakGate.class)
class TunnelTest {
  private static final String GUARDED = "GET /no HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String UPGRADE =
      "GET /up HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\n";

  private Application application = new Application();
  private EmbeddedChannel channel = channel(false);

  private EmbeddedChannel channel(boolean connectTunnels) {
    return new EmbeddedChannel(
        new HttpServerCodec(),
        GatewayHandler.builder()
            .guards(GuardSelector.always(GuardChain.of(new RejectsNo())))
            .connectTunnels(connectTunnels)
            .build(),
        application);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void connectWith2xx_laterRequestsAreGuarded() {
    send("CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 200");
    send(GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 403");
    assertThat(application.seen).containsExactly("CONNECT /");
  }

  @Test
  void connectWith2xx_pipelinedRequestIsGuarded() {
    send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n" + GUARDED);
    assertThat(received()).containsSubsequence("HTTP/1.1 200", "HTTP/1.1 403");
  }

  @Test
  void connectWith2xx_byAForwardProxy_isATunnel() {
    channel.finishAndReleaseAll();
    application = new Application();
    channel = channel(true);
    send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");
    channel.pipeline().remove(GatewayHandler.class);
    channel.pipeline().remove(HttpServerCodec.class);
    send("raw");
    assertThat(application.raw).isEqualTo("raw");
  }

  @Test
  void tunnel_whoseCodecRemains_passesNoRequest() {
    application.status = 101;
    send(UPGRADE + GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 101");
    assertThat(application.seen).containsExactly("GET /up");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void tunnel_whoseGuardIsRemoved_releasesHeldMessages() {
    application.status = 101;
    application.removesGuard = true;
    send(UPGRADE + "POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"); // see LeakGate
    assertThat(received()).startsWith("HTTP/1.1 101");
    assertThat(application.seen).containsExactly("GET /up");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void unrequestedUpgrade_becomes502AndCloses() {
    application.status = 101;
    send("GET /up HTTP/1.1\r\nHost: h\r\n\r\n" + GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 502").doesNotContain("403", " 101 ");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void requestThatCloses_isTheLastOne() {
    send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n" + GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("403");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void http10Request_isTheLastOne() {
    send("GET /a HTTP/1.0\r\n\r\n" + GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("403");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void responseThatCloses_isTheLastOne() {
    application.connection = "close";
    send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + GUARDED);
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("403");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void nextRequest_isNeverPassedWhileAResponseIsWritten() {
    send(
        "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n"
            + "GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
    received();
    assertThat(application.seen).containsExactly("GET /a", "GET /b", "GET /c");
    assertThat(application.reentered).isFalse();
  }

  private void send(String bytes) {
    TextChannel.send(channel, bytes);
  }

  private String received() {
    return TextChannel.received(channel);
  }

  private static final class RejectsNo implements Guard {
    @Override
    public String name() {
      return "rejects-no";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return request.path().equals("/no")
          ? Verdict.reject(Rejection.builder(403, "no", "Forbidden").build())
          : Verdict.allow();
    }
  }

  /** Responds to every request with the same status, in a separate task, as a proxy would. */
  private static final class Application extends ChannelInboundHandlerAdapter {
    final List<String> seen = new ArrayList<>();
    String raw = "";
    int status = 200;
    String connection = "keep-alive";
    boolean reentered;
    boolean removesGuard;
    private boolean writing;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      reentered |= writing;
      if (message instanceof HttpRequest request) {
        seen.add(request.method() + " " + request.uri());
      } else if (message instanceof ByteBuf bytes) {
        raw += bytes.toString(StandardCharsets.ISO_8859_1);
      }
      if (message instanceof LastHttpContent && !seen.isEmpty()) {
        ctx.executor().execute(() -> answer(ctx, seen.get(seen.size() - 1)));
      }
      ReferenceCountUtil.release(message);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the test reads the written messages
    private void answer(ChannelHandlerContext ctx, String request) {
      var response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
      if (status >= 200 && !request.startsWith(HttpMethod.CONNECT.name())) {
        response.headers().set("content-length", 0);
      }
      response.headers().set("connection", connection);
      writing = true;
      ctx.writeAndFlush(response);
      writing = false;
      if (removesGuard) {
        ctx.pipeline().remove(GatewayHandler.class);
      }
    }
  }
}
