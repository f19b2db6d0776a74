// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.netty.GatewayHandler;
import io.gatewaykit.ratelimit.ActualCost;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RequestKey;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A limit of tokens that settles to the usage in the body of a language model's response. */
@Timeout(60)
class TokenUsageTest {
  private static final int ESTIMATE = 4_000;
  private static final int CAPACITY = 10_000;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final HttpClient client = HttpClient.newHttpClient();
  private final KeyedLeakyBucket<Object> tokens =
      KeyedLeakyBucket.builder()
          .limit(Limit.of(1, Duration.ofHours(1)).burst(CAPACITY - 1).nodelay())
          .build();

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void document_settlesTheReservation() throws Exception {
    assertThat(get(start(), "/document", "a").body()).contains("1200");
    awaitRemaining("a", CAPACITY - 1_200);
  }

  @Test
  void events_settleTheReservation() throws Exception {
    assertThat(get(start(), "/events", "a").body()).contains("[DONE]");
    awaitRemaining("a", CAPACITY - 800);
  }

  @Test
  void compressionInFrontOfTheGuards_settlesTheReservation() throws Exception {
    HttpResponse<byte[]> response =
        client.send(
            request(start(), "/document", "a").header("Accept-Encoding", "gzip").build(),
            BodyHandlers.ofByteArray());
    assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
    awaitRemaining("a", CAPACITY - 1_200);
  }

  @Test
  void bodyWithoutUsage_keepsTheEstimate() throws Exception {
    int port = start();
    assertThat(get(port, "/other", "a").body()).contains("text");
    awaitRemaining("a", CAPACITY - ESTIMATE);
    assertThat(get(port, "/other", "a").body()).contains("text");
    assertThat(get(port, "/other", "a").statusCode()).as("2000 left of 10000").isEqualTo(429);
  }

  /** The reservation is settled once the last byte was written. */
  private void awaitRemaining(String key, long expected) {
    RequestHead head = RequestHead.builder("GET", "/").headers("X-Key", key).build();
    Object caller = requireNonNull(RequestKey.header("X-Key").apply(head));
    await().until(() -> tokens.peek(caller, 1).remaining() == expected - 1);
  }

  private HttpResponse<String> get(int port, String path, String key) throws Exception {
    return client.send(request(port, path, key).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(int port, String path, String key) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .header("X-Key", key);
  }

  private int start() {
    GatewayHandler guards =
        GatewayHandler.of(
            GuardChain.of(
                RateLimitGuard.builder("tokens", tokens)
                    .key(RequestKey.header("X-Key"))
                    .cost(request -> ESTIMATE)
                    .settle(ActualCost.jsonMember("total_tokens"))
                    .build()));
    Channel listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpContentCompressor(),
                            guards,
                            new HttpObjectAggregator(1 << 16),
                            new LanguageModel());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Responds with a completion as one document, or in events that end with the usage. */
  @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
  private static final class LanguageModel extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      switch (request.uri()) {
        case "/document" ->
            writeDocument(
                ctx,
                "{\"text\":\"say \\\"total_tokens\\\": 1\",\"usage\":{\"total_tokens\":1200}}");
        case "/events" -> writeEvents(ctx);
        default -> writeDocument(ctx, "{\"text\":\"no usage\"}");
      }
    }

    private static void writeDocument(ChannelHandlerContext ctx, String body) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer(body, UTF_8));
      response.headers().set("Content-Type", "application/json");
      HttpUtil.setContentLength(response, response.content().readableBytes());
      ctx.writeAndFlush(response);
    }

    private static void writeEvents(ChannelHandlerContext ctx) {
      var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      head.headers().set("Content-Type", "text/event-stream");
      HttpUtil.setTransferEncodingChunked(head, true);
      ctx.writeAndFlush(head);
      for (int i = 0; i < 20; i++) {
        writeEvent(ctx, "{\"delta\":\"\u00e4 " + i + "\"}");
      }
      String usage = "{\"usage\":{\"prompt_tokens\":7,\"total_tokens\": 800}}";
      writeEvent(ctx, usage);
      writeEvent(ctx, "[DONE]");
      ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private static void writeEvent(ChannelHandlerContext ctx, String data) {
      ctx.writeAndFlush(
          new DefaultHttpContent(Unpooled.copiedBuffer("data: " + data + "\n\n", UTF_8)));
    }
  }
}
