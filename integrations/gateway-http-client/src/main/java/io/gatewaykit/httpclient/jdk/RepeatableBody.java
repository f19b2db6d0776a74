// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.jdk;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The rules for sending the body of a request again. */
final class RepeatableBody {
  private RepeatableBody() {}

  /**
   * Returns whether the body can be sent again. The length of a body from a stream or another
   * publisher is unknown, and it can be read once.
   */
  static boolean isRepeatable(HttpRequest request) {
    return request.bodyPublisher().map(publisher -> publisher.contentLength() >= 0).orElse(true);
  }

  /**
   * Returns the body to send: a copy if it is small, so that its publisher is read once only. Null
   * if the request has no body.
   */
  static CompletableFuture<@Nullable BodyPublisher> of(HttpRequest request, int maxBuffered) {
    BodyPublisher publisher = request.bodyPublisher().orElse(null);
    long length = publisher == null ? 0 : publisher.contentLength();
    if (publisher == null || length <= 0 || length > maxBuffered) {
      return CompletableFuture.completedFuture(publisher);
    }
    BodySubscriber<byte[]> bytes = BodySubscribers.ofByteArray();
    publisher.subscribe(new Collector(bytes));
    return bytes.getBody().toCompletableFuture().thenApply(BodyPublishers::ofByteArray);
  }

  /** Passes the buffers of a request's body to the subscriber of a response's body. */
  private record Collector(BodySubscriber<byte[]> bytes) implements Flow.Subscriber<ByteBuffer> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      bytes.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      bytes.onNext(List.of(item));
    }

    @Override
    public void onError(Throwable failure) {
      bytes.onError(failure);
    }

    @Override
    public void onComplete() {
      bytes.onComplete();
    }
  }
}
