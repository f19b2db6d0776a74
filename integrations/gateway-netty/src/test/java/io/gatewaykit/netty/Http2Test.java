// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.CleartextHttp2ServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.AsciiString;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each HTTP/2 stream is a channel of its own, with the handler in its pipeline. */
@ExtendWith(LeakGate.class)
class Http2Test {
  private static final Queue<String> completed = new ConcurrentLinkedQueue<>();
  private static final GatewayHandler guards = GatewayHandler.of(GuardChain.of(new ByPath()));
  private static final TestServer server = TestServer.start(Http2Test::cleartext);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

  @AfterAll
  static void close() {
    server.close();
  }

  @BeforeEach
  void upgradeTheConnection() throws Exception {
    assertThat(client.send(request("/first", ""), BodyHandlers.ofString()).version())
        .isEqualTo(HttpClient.Version.HTTP_2);
  }

  @Test
  void manyStreams_areGuardedIndependently() throws Exception {
    completed.clear();
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    List<String> paths = List.of("/ok", "/no", "/slow", "/body", "/evil");
    for (int i = 0; i < 40; i++) {
      String path = paths.get(i % paths.size());
      answers.add(
          client.sendAsync(
              request(path, path.equals("/evil") ? "evil" : "0123456789"),
              BodyHandlers.ofString()));
    }
    for (int i = 0; i < answers.size(); i++) {
      HttpResponse<String> answer = answers.get(i).get(20, TimeUnit.SECONDS);
      String path = paths.get(i % paths.size());
      boolean refused = path.equals("/no") || path.equals("/evil");
      assertThat(answer.statusCode()).as(path).isEqualTo(refused ? 403 : 200);
      if (!refused) {
        assertThat(answer.body()).isEqualTo(path + " 10 127.0.0.1\n");
      }
    }
    Awaitility.await().untilAsserted(() -> assertThat(completed).hasSize(40));
    assertThat(completed.stream().filter(how -> how.startsWith("REJECTED"))).hasSize(16);
  }

  @Test
  void rejected_largeBody_otherStreamsContinue() throws Exception {
    String big = "a".repeat(3 << 20);
    HttpResponse<String> refused =
        client.send(request("/no", big.substring(0, 1 << 19)), BodyHandlers.ofString());
    assertThat(refused.statusCode()).isEqualTo(403);
    HttpResponse<String> served = client.send(request("/ok", big), BodyHandlers.ofString());
    assertThat(served.body()).isEqualTo("/ok " + big.length() + " 127.0.0.1\n");
  }

  private static HttpRequest request(String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(20))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static void cleartext(SocketChannel channel) {
    var codec = new HttpServerCodec();
    HttpServerUpgradeHandler.UpgradeCodecFactory toHttp2 =
        protocol ->
            AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)
                ? new Http2ServerUpgradeCodec(Http2FrameCodecBuilder.forServer().build(), streams())
                : null;
    var upgrade = new HttpServerUpgradeHandler(codec, toHttp2, 1 << 16);
    var priorKnowledge =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel direct) {
            direct.pipeline().addLast(Http2FrameCodecBuilder.forServer().build(), streams());
          }
        };
    channel
        .pipeline()
        .addLast(new CleartextHttp2ServerUpgradeHandler(codec, upgrade, priorKnowledge));
  }

  private static Http2MultiplexHandler streams() {
    return new Http2MultiplexHandler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel stream) {
            stream
                .pipeline()
                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                .addLast(guards)
                .addLast(new EchoApp());
          }
        });
  }

  private static final class ByPath implements Guard {
    private static final Verdict NO =
        Verdict.reject(Rejection.builder(403, "no", "Forbidden").build());

    @Override
    public String name() {
      return "by-path";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.allOf(Stage.class);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return switch (request.path()) {
        case "/no" -> NO;
        case "/slow" -> Verdict.delay(Duration.ofMillis(20));
        default -> Verdict.allow();
      };
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      boolean inspected = request.path().equals("/body") || request.path().equals("/evil");
      return inspected ? BodyInspector.buffering(4, ByPath::judge) : null;
    }

    private static Verdict judge(BodyView body) {
      String text = StandardCharsets.ISO_8859_1.decode(body.bytes()).toString();
      return text.equals("evil") ? NO : Verdict.allow();
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      completed.add(completion.kind() + " " + completion.status());
    }
  }
}
