// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Converts rejections to Netty responses. */
final class RejectionResponses {
  static final Rejection BAD_REQUEST = Rejection.builder(400, "malformed", "Bad Request").build();

  /** For requests whose guards could not be selected. */
  static final Rejection UNAVAILABLE =
      Rejection.builder(503, "guards_unknown", "Service Unavailable").build();

  /** For a 101 of the application without an upgrade request. */
  static final Rejection BAD_GATEWAY =
      Rejection.builder(502, "unrequested_upgrade", "Bad Gateway").build();

  /** For bodies that exceed the shared memory budget. */
  static final Rejection OVERLOADED =
      Rejection.builder(503, "overloaded", "Service Unavailable").build();

  /** For requests whose pending verdict timed out. */
  static final Rejection GUARD_TIMEOUT =
      Rejection.builder(503, "guard_timeout", "Service Unavailable")
          .retryAfter(Duration.ofSeconds(1))
          .build();

  static final Rejection VERSION_NOT_SUPPORTED =
      Rejection.builder(505, "malformed", "HTTP Version Not Supported").build();

  private static final Rejection TARGET_TOO_LONG =
      Rejection.builder(414, "malformed", "URI Too Long").build();
  private static final Rejection HEADERS_TOO_LARGE =
      Rejection.builder(431, "malformed", "Request Header Fields Too Large").build();

  private RejectionResponses() {}

  /** Returns the rejection of a head that the codec could not decode. */
  static Rejection ofMalformedHead(Throwable cause) {
    if (cause instanceof TooLongHttpHeaderException) {
      return HEADERS_TOO_LARGE;
    }
    return cause instanceof TooLongHttpLineException ? TARGET_TOO_LONG : BAD_REQUEST;
  }

  /** Renders a rejection, with the default renderer if the given one fails. */
  static FullHttpResponse response(
      RejectionRenderer renderer,
      GatewayRequest view,
      HttpRequest request,
      Rejection rejection,
      boolean keepAlive) {
    RejectionRenderer.Response rendered = renderer.renderOrProblem(view, rejection);
    int status = rendered.status();
    boolean never = status == 204 || status == 304; // no body in these responses, for any method
    byte[] body = never ? new byte[0] : rendered.body().getBytes(StandardCharsets.UTF_8);
    boolean bodiless = never || request.method().equals(HttpMethod.HEAD);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    rendered.headers().forEach(h -> response.headers().add(h.getKey(), h.getValue()));
    response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
    if (never) {
      response.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
    } else {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
    return response;
  }
}
