// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Random connections, guards, applications and ends: each request completes exactly once. */
@ExtendWith(LeakGate.class)
class CompletionRandomTest {
  private static final int CONNECTIONS = 2000;
  private static final List<String> REQUESTS =
      List.of(
          "GET /a HTTP/1.1\nHost: h\n\n",
          "HEAD /b HTTP/1.0\nConnection: keep-alive\n\n",
          "POST /c HTTP/1.1\nHost: h\nContent-Length: 7\n\nsevenby",
          "POST /d HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 2\n\nhi",
          "POST /e HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n3\nabc\n1\nd\n0\n\n",
          "POST /f HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n2\nhi\nzz\n");

  @Test
  void everyRequest_completesExactlyOnce_andNothingLeaks() {
    var kinds = new HashMap<String, Integer>();
    for (int seed = 0; seed < CONNECTIONS; seed++) {
      var connection = new Connection(seed);
      connection.run();
      assertThat(connection.completions.values()).as("seed " + seed).containsOnly(1);
      connection.kinds.forEach(kind -> kinds.merge(kind, 1, Integer::sum));
    }
    // a test that reached only some of the ends would prove little
    for (Completion.Kind kind : Completion.Kind.values()) {
      assertThat(kinds)
          .as("of %s", kind)
          .hasEntrySatisfying(kind.name(), n -> assertThat(n).isGreaterThan(50));
    }
  }

  private static final class Connection implements Guard {
    private static final Rejection NO = Rejection.builder(403, "no", "Forbidden").build();

    final IdentityHashMap<GatewayRequest, Integer> completions = new IdentityHashMap<>();
    final List<String> kinds = new ArrayList<>();
    private final Random random;
    private final List<CompletableFuture<Verdict>> pending = new ArrayList<>();
    private final App app = new App();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    Connection(int seed) {
      random = new Random(seed);
    }

    void run() {
      channel.freezeTime();
      channel
          .pipeline()
          .addLast(new HttpServerCodec(), GatewayHandler.of(GuardChain.of(this)), app);
      String bytes = requests();
      for (int from = 0; from < bytes.length() && channel.isOpen(); ) {
        int to = Math.min(bytes.length(), from + 1 + random.nextInt(80));
        channel.writeInbound(
            Unpooled.copiedBuffer(bytes.substring(from, to), StandardCharsets.ISO_8859_1));
        from = to;
        happen();
      }
      for (int i = random.nextInt(6); i > 0; i--) {
        happen();
      }
      channel.unsafe().close(channel.voidPromise()); // as if the client went away
      pending.forEach(verdict -> verdict.complete(Verdict.allow())); // too late
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runPendingTasks();
      channel.finishAndReleaseAll();
    }

    private String requests() {
      var all = new StringBuilder();
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        all.append(REQUESTS.get(random.nextInt(REQUESTS.size())).replace("\n", "\r\n"));
      }
      return all.toString();
    }

    private void happen() {
      switch (random.nextInt(8)) {
        case 0 -> channel.advanceTimeBy(random.nextInt(20), TimeUnit.MILLISECONDS);
        case 1, 2 -> {
          if (!pending.isEmpty()) {
            pending.remove(random.nextInt(pending.size())).complete(verdict(2));
          }
        }
        case 3, 4, 5 -> app.act();
        default -> {
          // nothing happens
        }
      }
      channel.runPendingTasks();
    }

    private Verdict verdict(int kinds) {
      return switch (random.nextInt(kinds + 4)) {
        case 0 -> Verdict.reject(NO);
        case 1 -> Verdict.delayNanos(TimeUnit.MILLISECONDS.toNanos(10));
        case 6 -> {
          var later = new CompletableFuture<Verdict>();
          pending.add(later);
          yield Verdict.pending(later);
        }
        default -> Verdict.allow();
      };
    }

    @Override
    public String name() {
      return "random";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.allOf(Stage.class);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      completions.put(request, 0);
      return verdict(3);
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      int wanted = random.nextInt(3) * 4;
      return wanted == 0 ? null : BodyInspector.buffering(wanted, body -> verdict(3));
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      completions.merge(request, 1, Integer::sum);
      kinds.add(completion.kind().name());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the channel may be closed by then
    private final class App extends SimpleChannelInboundHandler<HttpObject> {
      private @Nullable ChannelHandlerContext place;
      private boolean answering;

      @Override
      public void handlerAdded(ChannelHandlerContext ctx) {
        place = ctx;
      }

      @Override
      protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (random.nextInt(20) == 0) {
          throw new IllegalStateException("the application fails");
        }
        if (message instanceof LastHttpContent && random.nextBoolean()) {
          act();
        }
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (random.nextBoolean()) {
          ctx.close();
        }
      }

      /** Takes one step of a response, if there is a request to answer. */
      void act() {
        ChannelHandlerContext ctx = requireNonNull(place);
        if (GatewayHandler.request(ctx.channel()).isEmpty()) {
          answering = false;
          return;
        }
        if (answering) {
          answering = false;
          ctx.writeAndFlush(new DefaultLastHttpContent());
        } else if (random.nextInt(12) == 0) {
          ctx.close();
        } else if (random.nextInt(3) == 0) {
          answering = true;
          var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
          head.headers().set("transfer-encoding", "chunked");
          ctx.writeAndFlush(head);
        } else {
          var whole = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
          whole.headers().set("content-length", 0);
          ctx.writeAndFlush(whole);
        }
      }
    }
  }
}
