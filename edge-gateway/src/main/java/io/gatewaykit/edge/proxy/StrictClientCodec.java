// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The HTTP/1.1 client codec: bounded, and without Netty's repairs of ambiguous responses, which
 * {@link ResponseFraming} rejects.
 */
final class StrictClientCodec
    extends CombinedChannelDuplexHandler<HttpResponseDecoder, HttpRequestEncoder> {
  private static final int MAX_LINE = 8 << 10;
  private static final int MAX_HEADERS = 64 << 10;
  private static final int MAX_CHUNK = 64 << 10;

  /** The methods of requests that await their response: a response to HEAD has no body. */
  private final Queue<HttpMethod> awaited = new ArrayDeque<>(2);

  private final Decoder decoder = new Decoder();

  StrictClientCodec() {
    init(decoder, new Encoder());
  }

  /** Returns whether received bytes belong to no message. */
  boolean hasUndecodedBytes() {
    return decoder.undecodedBytes() > 0;
  }

  private final class Decoder extends HttpResponseDecoder {
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

    int undecodedBytes() {
      return actualReadableBytes();
    }

    @Override
    protected HttpMessage createMessage(String[] line) {
      if (!ResponseFraming.isStatusLine(line[0], line[1])) {
        throw new IllegalArgumentException("status line: malformed (expected: HTTP/1.x NNN)");
      }
      return super.createMessage(line);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
      // Here, since the transfer coding of a message without content is removed afterwards.
      if (!ResponseFraming.isClear((HttpResponse) message)) {
        throw new IllegalArgumentException("framing: ambiguous (expected: a length or chunks)");
      }
      int status = ((HttpResponse) message).status().code();
      if (status < 200) {
        return true;
      }
      return HttpMethod.HEAD.equals(awaited.poll()) || super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      // Netty removes the length here. Retained, the ambiguity is detected.
    }
  }

  private final class Encoder extends HttpRequestEncoder {
    @Override
    protected void encodeInitialLine(ByteBuf line, HttpRequest request) throws Exception {
      awaited.add(request.method());
      super.encodeInitialLine(line, request);
    }
  }
}
