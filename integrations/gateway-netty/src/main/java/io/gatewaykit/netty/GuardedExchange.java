// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One request of a connection, with its guards and the progress of request and response. */
final class GuardedExchange {
  final HttpRequest head;
  final NettyRequest view;
  private GuardSession session = GuardChain.empty().begin();
  private @Nullable HeldBody held;
  private @Nullable BodyInspector rest;
  private @Nullable BodyObserver observer;
  private int status;
  private boolean last;
  private boolean endPassed;
  private boolean aborted;
  private boolean requestEnded;
  private boolean responseEnded;

  GuardedExchange(HttpRequest head, NettyRequest view) {
    this.head = head;
    this.view = view;
  }

  /** Returns the evaluation of the guards; that of an empty chain until they are selected. */
  GuardSession session() {
    return session;
  }

  void setSession(GuardSession guards) {
    session = guards;
  }

  boolean hasBody() {
    return HttpUtil.isTransferEncodingChunked(head) || HttpUtil.getContentLength(head, 0L) > 0;
  }

  /** Returns whether head and body are one message, as after an aggregator. */
  boolean isFullMessage() {
    return head instanceof HttpContent;
  }

  void hold(HeldBody body) {
    held = body;
  }

  @Nullable HeldBody held() {
    return held;
  }

  /** Transfers the held body to the caller, which must release it. */
  @Nullable HeldBody takeHeld() {
    HeldBody body = held;
    held = null;
    return body;
  }

  void releaseHeld() {
    HeldBody body = takeHeld();
    if (body != null) {
      body.release();
    }
  }

  /** Sets the inspector of the remaining body, or null for none. */
  void inspectRest(@Nullable BodyInspector inspector) {
    rest = inspector;
  }

  boolean inspectsRest() {
    return rest != null;
  }

  /**
   * Inspects a content before it is passed on, and the end of the body with it. Returns null to
   * continue.
   */
  @Nullable Rejection inspect(HttpContent content) {
    if (rest == null) {
      return null;
    }
    int size = content.content().readableBytes();
    Rejection rejection =
        size == 0
            ? null
            : HeldBody.inspect(rest, content.content(), content.content().readerIndex(), size);
    return rejection == null && content instanceof LastHttpContent ? rest.onEnd() : rejection;
  }

  /** Sets the observer of the response body, or null for none. */
  void observeResponseWith(@Nullable BodyObserver responseObserver) {
    observer = responseObserver;
  }

  boolean observesResponse() {
    return observer != null;
  }

  /** Passes bytes of the response body to the observer without changing the reader index. */
  void observeResponse(ByteBuf bytes) {
    if (observer != null && bytes.isReadable()) {
      for (ByteBuffer part : bytes.nioBuffers()) {
        observer.onBytes(part);
      }
    }
  }

  /** Records that the end of the request is about to be passed to the application. */
  void onEndPassed() {
    endPassed = true;
  }

  /**
   * Records that the application will not receive the end of the request. Returns false if it has
   * received the end, or if the abort was recorded before.
   */
  boolean abort() {
    boolean first = !endPassed && !aborted;
    aborted = true;
    return first;
  }

  /** Returns whether the application receives no more of the request. */
  boolean isEndKnown() {
    return endPassed || aborted;
  }

  /** Records that the request is complete. */
  void onRequestEnd() {
    requestEnded = true;
  }

  /** Records that the request is complete if its end has been received, even if not passed on. */
  void onRequestEndIfReceived() {
    requestEnded |= head instanceof LastHttpContent || held != null && held.isEnded();
  }

  /** Returns the status of the response, or 0 before it has started. */
  int status() {
    return status;
  }

  void status(int code) {
    status = code;
  }

  /**
   * Records the status of the final response, and whether the connection can be reused after it.
   */
  void onResponseStart(HttpResponse response) {
    status = response.status().code();
    boolean old = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    boolean stays =
        old
            ? response
                .headers()
                .containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE, true)
            : HttpUtil.isKeepAlive(response);
    last = !stays || !HttpUtil.isKeepAlive(head);
  }

  /** Returns whether the connection ends with this response (RFC 9112 §9.6). */
  boolean isLast() {
    return last;
  }

  boolean isConnect() {
    return HttpMethod.CONNECT.equals(head.method());
  }

  /**
   * Returns whether the response may be a 101 (RFC 9110 §7.8): the client has requested an upgrade,
   * and its request is complete. The remaining body would otherwise pass as bytes of the other
   * protocol.
   */
  boolean allowsUpgrade() {
    HttpHeaders fields = head.headers();
    return (endPassed || !hasBody())
        && head.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && fields.contains(HttpHeaderNames.UPGRADE)
        && fields.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
  }

  void onResponseEnd() {
    responseEnded = true;
  }

  boolean hasResponse() {
    return responseEnded;
  }

  boolean isComplete() {
    return requestEnded && responseEnded;
  }

  /** Notifies the guards of the completion. Only the first call has an effect. */
  void complete(Kind kind) {
    session.complete(view, new Completion(kind, status));
  }
}
