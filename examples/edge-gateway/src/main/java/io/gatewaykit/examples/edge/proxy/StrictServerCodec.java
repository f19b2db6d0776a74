package io.gatewaykit.examples.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * The server's HTTP/1.1 codec: bounded, and without the repairs that Netty's makes to a request
 * that leaves a doubt about where it ends. The guards' handler behind it refuses those.
 */
final class StrictServerCodec
    extends CombinedChannelDuplexHandler<HttpRequestDecoder, HttpResponseEncoder> {
  private static final int MAX_LINE = 8 << 10;
  private static final int MAX_HEADERS = 32 << 10;
  private static final int MAX_CHUNK = 64 << 10;

  /** The methods of requests that await their response: the answer to HEAD has no body. */
  private final Queue<HttpMethod> awaited = new ArrayDeque<>(4);

  StrictServerCodec() {
    init(new Decoder(), new Encoder());
  }

  private final class Decoder extends HttpRequestDecoder {
    Decoder() {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_LINE)
              .setMaxHeaderSize(MAX_HEADERS)
              .setMaxChunkSize(MAX_CHUNK)
              .setAllowDuplicateContentLengths(false)
              .setStrictLineParsing(true)
              .setValidateHeaders(true));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
        throws Exception {
      int before = out.size();
      super.decode(ctx, in, out);
      for (int i = before; i < out.size(); i++) {
        if (out.get(i) instanceof HttpRequest request) {
          awaited.add(request.method());
        }
      }
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      // Netty's drops the length; with both the guards' handler sees that the end is in doubt.
    }
  }

  private final class Encoder extends HttpResponseEncoder {
    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
      int status = response.status().code();
      boolean isFinal = status >= 200 || status == 101;
      HttpMethod method = isFinal ? awaited.poll() : null;
      return HttpMethod.HEAD.equals(method) || super.isContentAlwaysEmpty(response);
    }
  }
}
