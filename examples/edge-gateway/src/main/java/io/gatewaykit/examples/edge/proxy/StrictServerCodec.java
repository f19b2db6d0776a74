package io.gatewaykit.examples.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * The server's HTTP/1.1 codec. Where a request leaves any doubt about where it ends, it is
 * malformed: a proxy that guesses differently from the server behind it lets requests be smuggled.
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
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
      refuseAmbiguous(message);
      return super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
    }
  }

  /** What the decoder lets pass though RFC 9112 has a server refuse it. */
  private static void refuseAmbiguous(HttpMessage message) {
    boolean http11 = message.protocolVersion().equals(HttpVersion.HTTP_1_1);
    List<String> hosts = message.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || http11 && hosts.isEmpty()) {
      throw new IllegalArgumentException("Host: " + hosts.size() + " fields (expected: one)");
    }
    List<String> encodings = message.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (encodings.isEmpty()) {
      return;
    }
    boolean chunked =
        encodings.size() == 1 && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0));
    if (!http11 || !chunked) {
      throw new IllegalArgumentException("Transfer-Encoding other than chunked in HTTP/1.1");
    }
    if (message.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
      throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
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
