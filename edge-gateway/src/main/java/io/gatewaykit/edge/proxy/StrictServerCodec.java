// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * The HTTP/1.1 server codec: bounded, and without Netty's repairs of requests with an ambiguous
 * end, which the guards' handler rejects.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel is closed, or will be
final class StrictServerCodec
    extends CombinedChannelDuplexHandler<HttpRequestDecoder, HttpResponseEncoder> {
  private static final int MAX_LINE = 8 << 10;
  private static final int MAX_HEADERS = 32 << 10;
  private static final int MAX_CHUNK = 64 << 10;

  /** The approximate memory of a field without its text. */
  private static final int FIELD_BYTES = 128;

  /** The methods of requests that await their response: a response to HEAD has no body. */
  private final Queue<HttpMethod> awaited = new ArrayDeque<>(4);

  private final RequestProgress progress;
  private final Decoder decoder = new Decoder();

  StrictServerCodec(RequestProgress progress) {
    this.progress = progress;
    init(decoder, new Encoder());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (message instanceof ByteBuf bytes) {
      progress.received(bytes.readableBytes());
    }
    super.channelRead(ctx, message);
    if (decoder.exhausted || !progress.decoded(decoder.undecodedBytes())) {
      ctx.close(); // the budget for heads of all clients is exhausted
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    boolean last = message instanceof LastHttpContent && !isInterim(message);
    super.write(ctx, message, promise);
    if (last) {
      progress.responseEnded();
    }
  }

  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().code() < 200
        && response.status().code() != 101;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) throws Exception {
    progress.release();
    super.handlerRemoved(ctx);
  }

  private final class Decoder extends HttpRequestDecoder {
    private final CountedFields trailers;

    /** Whether no byte of the next request line has been read. */
    private boolean betweenRequests = true;

    private boolean malformed;

    /** The number of decoded bytes of the current head, retained as text. */
    private int headBytes;

    private int wordEnd;

    /** Whether a head exceeded the budget. */
    private boolean exhausted;

    private final CountedFields fields;

    Decoder() {
      this(
          new CountedFields(DefaultHttpHeadersFactory.headersFactory()),
          new CountedFields(DefaultHttpHeadersFactory.trailersFactory()));
    }

    private Decoder(CountedFields fields, CountedFields trailers) {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_LINE)
              .setMaxHeaderSize(MAX_HEADERS)
              .setMaxChunkSize(MAX_CHUNK)
              .setAllowDuplicateContentLengths(false)
              .setStrictLineParsing(true)
              .setHeadersFactory(fields)
              .setTrailersFactory(trailers));
      this.fields = fields;
      this.trailers = trailers;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
        throws Exception {
      if (malformed || betweenRequests && !startsRequestLine(in, out)) {
        in.skipBytes(in.readableBytes());
        return;
      }
      int before = out.size();
      int readable = in.readableBytes();
      decodeFields(ctx, in, out);
      headBytes += readable - in.readableBytes();
      for (int i = before; i < out.size(); i++) {
        if (out.get(i) instanceof HttpRequest request) {
          if (!progress.headEnded(headBytes + FIELD_BYTES * fields.count())) {
            reject(out, before);
            return;
          }
          awaited.add(request.method());
          headBytes = 0;
          fields.reset();
        }
        if (out.get(i) instanceof LastHttpContent) {
          betweenRequests = true;
          headBytes = 0;
          trailers.reset();
          progress.requestEnded();
        }
      }
    }

    private void decodeFields(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
        throws Exception {
      fields.setDecoding(true);
      trailers.setDecoding(true);
      try {
        super.decode(ctx, in, out);
      } finally {
        fields.setDecoding(false);
        trailers.setDecoding(false);
      }
    }

    /** Drops a head that exceeds the budget; the connection is closed. */
    private void reject(List<Object> out, int before) {
      exhausted = true;
      malformed = true;
      while (out.size() > before) {
        ReferenceCountUtil.release(out.remove(out.size() - 1));
      }
    }

    /** Returns the approximate memory of an incomplete head, decoded or not. */
    int undecodedBytes() {
      return betweenRequests && actualReadableBytes() == 0
          ? 0
          : headBytes + actualReadableBytes() + FIELD_BYTES * fields.count();
    }

    /** Skips empty lines before a request, but rejects spaces and control characters. */
    private boolean startsRequestLine(ByteBuf in, List<Object> out) {
      while (in.isReadable()) {
        byte first = in.getByte(in.readerIndex());
        if (first == '\r' || first == '\n') {
          in.skipBytes(1);
        } else if (first > ' ' && first != 0x7f) {
          return true;
        } else {
          malformed = true;
          var request =
              new DefaultFullHttpRequest(
                  HttpVersion.HTTP_1_0, HttpMethod.GET, "/", Unpooled.EMPTY_BUFFER);
          request.setDecoderResult(
              DecoderResult.failure(new IllegalArgumentException("request line: malformed")));
          awaited.add(request.method());
          out.add(request);
          return false;
        }
      }
      return true;
    }

    @Override
    protected HttpMessage createMessage(String[] line) throws Exception {
      betweenRequests = false;
      if (!isVersion(line[2])) {
        throw new IllegalArgumentException("version: malformed (expected: HTTP/x.y)");
      }
      return super.createMessage(line);
    }

    private static boolean isVersion(String text) {
      return text.length() == 8
          && text.startsWith("HTTP/")
          && isDigit(text.charAt(5))
          && text.charAt(6) == '.'
          && isDigit(text.charAt(7));
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }

    // Single spaces between the words of a request line (RFC 9112 §3).

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
      wordEnd = start + length;
      return super.splitFirstWordInitialLine(line, start, length);
    }

    @Override
    protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
      checkBlank(line, start);
      wordEnd = start + length;
      return super.splitSecondWordInitialLine(line, start, length);
    }

    @Override
    protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
      checkBlank(line, start);
      return super.splitThirdWordInitialLine(line, start, length);
    }

    private void checkBlank(byte[] line, int start) {
      if (start != wordEnd + 1 || line[wordEnd] != ' ') {
        throw new IllegalArgumentException("request line: malformed (expected: single blanks)");
      }
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      // Netty drops the length. With both fields, the guards' handler detects the ambiguity.
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
