// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The allocation of the adapter per request, compared with the same pipeline without it. */
@ExtendWith(LeakGate.class)
class AllocationTest {
  private static final int REQUESTS = 20_000;
  private static final int LIMIT = 512;

  @Test
  void allowedRequest_allStages_staysBelowTheLimit() {
    long bare = perRequest(new ChannelInboundHandlerAdapter());
    long guarded = perRequest(GatewayHandler.of(GuardChain.of(new AllowAll())));
    assertThat(guarded - bare).isBetween(1L, (long) LIMIT);
  }

  private static long perRequest(ChannelHandler handler) {
    var channel = new EmbeddedChannel(new Sink(), handler, new App());
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/a/b?c=d");
    request.headers().set("host", "h").set("accept", "*/*");
    run(channel, request); // loads classes, compiles
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(channel, request);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    channel.finishAndReleaseAll();
    return bytes / REQUESTS;
  }

  private static void run(EmbeddedChannel channel, HttpRequest request) {
    for (int i = 0; i < REQUESTS; i++) {
      channel.pipeline().fireChannelRead(request);
      channel.pipeline().fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  /** Releases written messages, so that the channel's own bookkeeping does not count. */
  private static final class Sink extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      promise.setSuccess();
    }
  }

  private static final class App extends ChannelInboundHandlerAdapter {
    private final HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the sink takes everything
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof LastHttpContent) {
        ctx.write(response);
        ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
      }
    }
  }

  private static final class AllowAll implements Guard {
    @Override
    public String name() {
      return "allow-all";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.allOf(Stage.class);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }
  }
}
