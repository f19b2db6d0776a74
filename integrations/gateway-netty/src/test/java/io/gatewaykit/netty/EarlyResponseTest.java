// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Applications that respond before the end of the request. */
@ExtendWith(LeakGate.class)
class EarlyResponseTest {
  private static final String UPLOAD = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
  private static final String LAST_UPLOAD =
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10\r\n\r\n";
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

  private final Inspecting guard = new Inspecting();
  private Application application = new Application(200);
  private EmbeddedChannel channel = guarded(application);

  private EmbeddedChannel guarded(Application application) {
    return new EmbeddedChannel(
        new HttpServerCodec(), GatewayHandler.of(GuardChain.of(guard)), application);
  }

  private void application(int status) {
    channel.finishAndReleaseAll();
    application = new Application(status);
    channel = guarded(application);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void restThatNoGuardInspects_reachesTheApplication() {
    send(UPLOAD + "01234");
    assertThat(received()).startsWith("HTTP/1.1 200");
    send("56789" + NEXT);
    assertThat(application.seen).containsExactly("/", "01234", "56789", "end", "/next", "end");
    assertThat(received()).startsWith("HTTP/1.1 200");
  }

  @Test
  void restThatNoGuardInspects_reachesTheApplication_thoughTheConnectionCloses()
      throws IOException {
    var last = new Application(200);
    try (TestServer server = server(last);
        Socket socket = server.connect()) {
      TestServer.write(socket, LAST_UPLOAD + "01234");
      assertThat(TestServer.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 200");
      TestServer.write(socket, "56789" + NEXT);
      assertThat(socket.getInputStream().read()).isNegative();
      Awaitility.await()
          .untilAsserted(() -> assertThat(last.seen).containsExactly("/", "01234", "56789", "end"));
    }
  }

  @Test
  void endOfARequestWithoutBody_reachesTheApplication_thoughTheConnectionCloses()
      throws IOException {
    var last = new Application(200);
    try (TestServer server = server(last)) {
      assertThat(server.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + NEXT))
          .startsWith("HTTP/1.1 200");
      Awaitility.await().untilAsserted(() -> assertThat(last.seen).containsExactly("/", "end"));
    }
  }

  @Test
  void inspectedRest_isDropped_andTheApplicationIsNotified_beforeTheNextRequest() {
    guard.inspects = true;
    send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"
            + NEXT);
    assertThat(application.seen).containsExactly("/", "01234", "aborted", "/next", "end");
    assertThat(guard.closed).isEqualTo(1);
    assertThat(received()).containsSubsequence("HTTP/1.1 200", "HTTP/1.1 200");
  }

  @Test
  void inspectedRest_isDropped_andTheConnectionCloses() throws IOException {
    guard.inspects = true;
    var last = new Application(200);
    try (TestServer server = server(last);
        Socket socket = server.connect()) {
      TestServer.write(socket, LAST_UPLOAD + "01234");
      assertThat(TestServer.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 200");
      TestServer.write(socket, "56789" + NEXT);
      assertThat(socket.getInputStream().read()).isNegative();
    }
    assertThat(last.seen).containsExactly("/", "01234", "aborted");
    assertThat(guard.closed).isEqualTo(1);
  }

  @Test
  void malformedRestAfterTheResponse_abortsTheRequest() {
    send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nx");
    send("yz\r\n");
    assertThat(application.seen).containsExactly("/", "01234", "aborted");
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("400");
  }

  @Test
  void secondResponseToOneRequest_isNotWritten() {
    send(UPLOAD + "01234");
    ChannelFuture second = channel.writeOneOutbound(response(201));
    channel.flushOutbound();
    assertThat(received()).startsWith("HTTP/1.1 200").doesNotContain("201");
    assertThat(second.isSuccess()).isFalse();
  }

  @Test
  void upgradeBeforeTheEndOfTheBody_becomes502() throws IOException {
    var upgrading = new Application(101);
    try (TestServer server = server(upgrading);
        Socket socket = server.connect()) {
      TestServer.write(
          socket,
          "POST / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n"
              + "Content-Length: 10\r\n\r\n01234");
      assertThat(TestServer.readUntil(socket, "}")).startsWith("HTTP/1.1 502");
      TestServer.write(socket, "56789raw");
      assertThat(socket.getInputStream().read()).isNegative();
    }
    assertThat(upgrading.seen).containsExactly("/", "01234", "aborted");
  }

  @Test
  void upgradeAtTheEndOfTheBody_isATunnel() {
    application(101);
    application.answersAtEnd = true;
    send(
        "POST / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n"
            + "Content-Length: 10\r\n\r\n0123456789");
    assertThat(received()).startsWith("HTTP/1.1 101");
  }

  @Test
  void upgradeAtTheHeadOfARequestWithoutBody_isATunnel() {
    application(101);
    send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 101");
    assertThat(application.seen).containsExactly("/", "end");
  }

  @Test
  void clientThatKeepsUploading_receivesTheResponse_andTheServerCloses() throws IOException {
    try (TestServer server = server(new Application(200));
        Socket socket = server.connect()) {
      TestServer.write(
          socket,
          "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n");
      TestServer.write(socket, "a".repeat(300_000));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200");
    }
  }

  private TestServer server(Application application) {
    return TestServer.start(open ->
        open.pipeline()
            .addLast(new HttpServerCodec(), GatewayHandler.of(GuardChain.of(guard)), application));
  }

  private void send(String bytes) {
    TextChannel.send(channel, bytes);
  }

  private String received() {
    return TextChannel.received(channel);
  }

  private static DefaultFullHttpResponse response(int status) {
    var response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    if (status >= 200) {
      response.headers().set("content-length", 0);
    }
    return response;
  }

  /** Responds to the first part of each body, or to the head if the request has no body. */
  private static final class Application extends ChannelInboundHandlerAdapter {
    final List<String> seen = new CopyOnWriteArrayList<>();
    private final int status;
    boolean answersAtEnd;
    private boolean answered;

    Application(int status) {
      this.status = status;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      boolean answersNow = false;
      if (message instanceof HttpRequest request) {
        seen.add(request.uri());
        answered = false;
        answersNow = request.method().name().equals("GET");
      } else if (message instanceof HttpContent content) {
        if (content.content().isReadable()) {
          seen.add(content.content().toString(StandardCharsets.ISO_8859_1));
        }
        if (message instanceof LastHttpContent) {
          seen.add("end");
        }
        answersNow = !answersAtEnd || message instanceof LastHttpContent;
      } else {
        seen.add("raw");
      }
      ReferenceCountUtil.release(message);
      if (answersNow && !answered) {
        answered = true;
        var unused = ctx.writeAndFlush(response(status));
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event.equals(GatewayHandler.REQUEST_ABORTED)) {
        seen.add("aborted");
      }
    }
  }

  /** Inspects bodies beyond their first bytes, if it is to. */
  private static final class Inspecting extends BodyGuard {
    boolean inspects;
    int closed;

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      if (!inspects) {
        return null;
      }
      return new BodyInspector() {
        @Override
        public int holdBytes() {
          return 4;
        }

        @Override
        public Verdict onHeld(boolean complete) {
          return Verdict.allow();
        }

        @Override
        public void close() {
          closed++;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer bytes) {
          return null;
        }
      };
    }
  }
}
