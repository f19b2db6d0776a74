// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakGate.class)
class SocketTest {
  private static final TestServer server =
      TestServer.start(channel ->
          channel
              .pipeline()
              .addLast(new HttpServerCodec())
              .addLast(GatewayHandler.of(GuardChain.of(new ByPath())))
              .addLast(new EchoApp()));

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void rejected_bodyOfHalfAMegabyte_isDiscardedAndTheNextRequestServed() throws IOException {
    try (Socket socket = server.connect()) {
      int size = 512 << 10;
      TestServer.write(
          socket, "POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
      assertThat(TestServer.readUntil(socket, "}")).startsWith("HTTP/1.1 403");
      TestServer.write(socket, "a".repeat(size) + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(TestServer.readUntil(socket, "\n/next")).contains("200 OK");
    }
  }

  @Test
  void rejected_endlessBody_isCutOff() throws IOException {
    try (Socket socket = server.connect()) {
      TestServer.write(socket, "POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n");
      assertThat(TestServer.readUntil(socket, "}")).startsWith("HTTP/1.1 403");
      String part = "a".repeat(1 << 16);
      int sent = 0;
      try {
        for (; sent < 1000; sent++) {
          TestServer.write(socket, part);
        }
      } catch (IOException e) {
        assertThat(sent).isGreaterThanOrEqualTo(16); // one mebibyte is taken
      }
      assertThat(sent).isLessThan(1000);
    }
  }

  @Test
  void delayed_pipelinedWithARejection_responsesAreInOrder() throws IOException {
    String all =
        server.exchange(
            get("/slow", "h") + get("/no", "h") + get("/last", "h") + get("/", "h\r\nbad name: x"));
    assertThat(all).containsSubsequence("/slow 0", "403 Forbidden", "/last 0", "400 Bad Request");
  }

  @Test
  void expecting100_rejected_receivesAResponseAndIsClosed() throws IOException {
    String head =
        "POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    assertThat(server.exchange(head)).startsWith("HTTP/1.1 403").doesNotContain("100 Continue");
  }

  @Test
  void hugeHead_stillBeingSent_is431() throws IOException {
    String request = "GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(400_000) + "\r\n\r\n";
    assertThat(server.exchange(request)).startsWith("HTTP/1.1 431");
  }

  @Test
  void delayed_bodyIsNotReadMeanwhile() throws IOException {
    var pending = new CompletableFuture<Verdict>();
    var read = new AtomicLong();
    try (TestServer slow = TestServer.start(channel -> handRead(channel, pending, read));
        Socket socket = slow.connect()) {
      var sender =
          CompletableFuture.runAsync(() -> send(socket, 32 << 20)); // more than any socket buffers
      Awaitility.await().until(() -> read.get() > 0);
      // Quiet for a while: what arrives is not taken from the socket.
      Awaitility.await()
          .during(200, TimeUnit.MILLISECONDS)
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> read.get() < 4 << 20 && !sender.isDone());
      pending.complete(Verdict.allow());
      assertThat(TestServer.readUntil(socket, "127.0.0.1")).contains("/ " + (32 << 20));
      sender.join();
    }
  }

  @Test
  void applicationThatReadsManually_receivesEverything() throws IOException {
    var read = new AtomicLong();
    var allowed = CompletableFuture.completedFuture(Verdict.allow());
    try (TestServer manual =
            TestServer.start(channel -> {
              handRead(channel, allowed, read);
              channel.config().setAutoRead(false);
            });
        Socket socket = manual.connect()) {
      send(socket, 300_000);
      assertThat(TestServer.readUntil(socket, "127.0.0.1")).contains("/ 300000");
      TestServer.write(socket, get("/no", "h"));
      assertThat(TestServer.readUntil(socket, "}")).contains("403");
      TestServer.write(socket, get("/again", "h"));
      assertThat(TestServer.readUntil(socket, "127.0.0.1")).contains("/again 0");
    }
  }

  private static void handRead(
      Channel channel, CompletableFuture<Verdict> verdict, AtomicLong read) {
    channel
        .pipeline()
        .addLast(new HttpServerCodec())
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                read.addAndGet(message instanceof HttpContent c ? c.content().readableBytes() : 1);
                ctx.fireChannelRead(message);
              }
            })
        .addLast(GatewayHandler.of(GuardChain.of(new ByPath(), new WaitsFor(verdict))))
        .addLast(new EchoApp())
        .addLast(new ReadsByHand());
  }

  private static void send(Socket socket, int size) {
    try {
      TestServer.write(
          socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
      TestServer.write(socket, "a".repeat(size));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record WaitsFor(CompletableFuture<Verdict> verdict) implements Guard {
    @Override
    public String name() {
      return "waits";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.pending(verdict);
    }
  }

  /** Requests a read after each message, as an application without automatic reading does. */
  private static final class ReadsByHand extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.read();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "Content-Length: 5, 6\r\n\r\nhello!",
        "Content-Length: +5\r\n\r\nhello",
        "Content-Length: -5\r\n\r\nhello",
        "Content-Length : 5\r\n\r\nhello",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
        "Host: other\r\n\r\n",
        "X: a\nY: b\r\n\r\n",
        "X: a\rb\r\n\r\n",
        "X: a\u0000b\r\n\r\n",
        "X\r\n\r\n"
      })
  void ambiguous_isRejectedAndClosed(String rest) throws IOException {
    String smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    String all = server.exchange("POST / HTTP/1.1\r\nHost: h\r\n" + rest + smuggled);
    assertThat(all).startsWith("HTTP/1.1 400").contains("connection: close");
    assertThat(all).doesNotContain("200 OK").doesNotContain("/smuggled");
  }

  @Test
  void foldedField_isOneField() throws IOException {
    String folded = "GET /folded HTTP/1.1\r\nHost: h\r\nX: a\r\n Content-Length: 9\r\n\r\n";
    assertThat(server.exchange(folded + get("/", "h\r\nbad name: x"))) // each 200 counts its body
        .containsSubsequence("200 OK", "/folded 0", "400 Bad Request");
  }

  private static String get(String path, String host) {
    return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  }

  private static final class ByPath implements Guard {
    private static final Verdict NO =
        Verdict.reject(Rejection.builder(403, "no", "Forbidden").build());

    @Override
    public String name() {
      return "by-path";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return switch (request.path()) {
        case "/no" -> NO;
        case "/slow" -> Verdict.delay(Duration.ofMillis(20));
        default -> Verdict.allow();
      };
    }
  }
}
