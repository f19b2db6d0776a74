// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CONNECT over sockets, to a server that is no proxy: no later request bypasses the guards. */
@ExtendWith(LeakGate.class)
@Timeout(60)
class ConnectTest {
  private static final String CONNECT = "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n";
  private static final String FORBIDDEN = "GET /no HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String ALLOWED = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

  private final List<String> served = new CopyOnWriteArrayList<>();
  private final Limited guard = new Limited(3);
  private final TestServer server =
      TestServer.start(channel ->
          channel
              .pipeline()
              .addLast(new HttpServerCodec())
              .addLast(GatewayHandler.of(GuardChain.of(guard)))
              .addLast(new Application(served)));

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void laterRequests_areGuardedAndLimited(boolean pipelined) throws IOException {
    try (Socket socket = server.connect()) {
      TestServer.write(socket, pipelined ? CONNECT + FORBIDDEN : CONNECT);
      assertThat(TestServer.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 200");
      if (!pipelined) {
        TestServer.write(socket, FORBIDDEN);
      }
      assertThat(TestServer.readUntil(socket, "}")).startsWith("HTTP/1.1 403");
      TestServer.write(socket, ALLOWED);
      assertThat(TestServer.readUntil(socket, "hello")).startsWith("HTTP/1.1 200");
      TestServer.write(socket, ALLOWED);
      assertThat(TestServer.readUntil(socket, "}")).startsWith("HTTP/1.1 429");
    }
    assertThat(served).containsExactly("CONNECT", "GET");
    assertThat(guard.counted).hasValue(4);
  }

  @Test
  void connectsThemselves_areLimited() throws IOException {
    String all = server.exchange(CONNECT.repeat(4) + "GET / HTTP/1.0\r\n\r\n");
    assertThat(all).containsSubsequence("200", "200", "200", "HTTP/1.1 429");
    assertThat(served).containsExactly("CONNECT", "CONNECT", "CONNECT");
  }

  /** Rejects one path, and all requests after the first few. */
  private static final class Limited implements Guard {
    final AtomicInteger counted = new AtomicInteger();
    private final int admitted;

    Limited(int admitted) {
      this.admitted = admitted;
    }

    @Override
    public String name() {
      return "limited";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      if (counted.incrementAndGet() > admitted) {
        return Verdict.reject(Rejection.builder(429, "limited", "Too Many Requests").build());
      }
      return request.path().equals("/no")
          ? Verdict.reject(Rejection.builder(403, "no", "Forbidden").build())
          : Verdict.allow();
    }
  }

  /** Answers each request with 200, as many applications do for an unknown method. */
  private static final class Application extends SimpleChannelInboundHandler<HttpObject> {
    private final List<String> served;
    private HttpMethod method = HttpMethod.GET;

    Application(List<String> served) {
      this.served = served;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the channel
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      if (message instanceof HttpRequest request) {
        method = request.method();
        served.add(method.name());
      }
      if (message instanceof LastHttpContent) {
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        if (!method.equals(HttpMethod.CONNECT)) {
          byte[] body = {'h', 'e', 'l', 'l', 'o'};
          response.content().writeBytes(body);
          response.headers().set("content-length", body.length);
        }
        ctx.writeAndFlush(response);
      }
    }
  }
}
