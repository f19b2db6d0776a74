package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardRun;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/** One request of a connection with its guards, and how far it and its response have come. */
final class Exchange {
  final HttpRequest head;
  final NettyRequest view;
  private GuardRun run = GuardChain.empty().begin();
  private @Nullable CollectedBody collected;
  private int status;
  private boolean requestEnded;
  private boolean responseEnded;

  Exchange(HttpRequest head, NettyRequest view) {
    this.head = head;
    this.view = view;
  }

  /** The guards that lead it; until they are known, none do. */
  GuardRun run() {
    return run;
  }

  void guardedBy(GuardRun guards) {
    run = guards;
  }

  boolean hasBody() {
    return HttpUtil.isTransferEncodingChunked(head) || HttpUtil.getContentLength(head, 0L) > 0;
  }

  /** Whether head and body are one message, because an aggregator stands before. */
  boolean isWhole() {
    return head instanceof HttpContent;
  }

  void collects(int wanted) {
    collected = new CollectedBody(wanted);
  }

  @Nullable CollectedBody collected() {
    return collected;
  }

  /** Gives the collected body away, and with it the duty to release it. */
  @Nullable CollectedBody takeCollected() {
    CollectedBody body = collected;
    collected = null;
    return body;
  }

  void releaseCollected() {
    CollectedBody body = takeCollected();
    if (body != null) {
      body.release();
    }
  }

  /** Notes that nothing more of the request comes. */
  void requestEnded() {
    requestEnded = true;
  }

  /** Notes the request's end if it has been received, though not been passed on. */
  void requestEndedIfReceived() {
    requestEnded |= head instanceof LastHttpContent || collected != null && collected.isEnded();
  }

  /** The response's status; 0 before it began. */
  int status() {
    return status;
  }

  void status(int code) {
    status = code;
  }

  void responseEnded() {
    responseEnded = true;
  }

  boolean isAnswered() {
    return responseEnded;
  }

  boolean isOver() {
    return requestEnded && responseEnded;
  }

  /** Tells the guards how it ended; the first call counts. */
  void complete(How how) {
    run.complete(view, new Completion(how, status));
  }
}
