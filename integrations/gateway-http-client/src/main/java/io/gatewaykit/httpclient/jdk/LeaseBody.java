// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.jdk;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Lease;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The body of one response, which ends the lease of its attempt. It can be discarded regardless of
 * the type into which the application's handler converts it. Thread-safe.
 */
final class LeaseBody<T> implements BodyHandler<T> {
  private final BodyHandler<T> handler;
  private final Lease<URI> lease;
  private final HeadListener listener;
  private final AtomicBoolean discarded = new AtomicBoolean();
  private volatile @Nullable Subscriber subscriber;

  LeaseBody(BodyHandler<T> handler, Lease<URI> lease, HeadListener listener) {
    this.handler = handler;
    this.lease = lease;
    this.listener = listener;
  }

  /** Called when the head of the response has arrived. */
  interface HeadListener {
    /** Returns whether the response is final, so that its body ends the lease. */
    boolean onHead(ResponseInfo head);
  }

  @Override
  public BodySubscriber<T> apply(ResponseInfo head) {
    var created =
        new Subscriber(handler.apply(head), listener.onHead(head) ? head.statusCode() : 0);
    subscriber = created;
    return created;
  }

  /** Closes the connection or stream without reading the rest of the body. */
  void discard() {
    Subscriber current = subscriber;
    if (current != null && discarded.compareAndSet(false, true)) {
      current.discard();
    }
  }

  private final class Subscriber implements BodySubscriber<T> {
    private final BodySubscriber<T> delegate;
    private final int status; // 0: the lease has ended
    private volatile @Nullable Subscription upstream;
    private volatile boolean completed;

    Subscriber(BodySubscriber<T> delegate, int status) {
      this.delegate = delegate;
      this.status = status;
    }

    @Override
    public CompletionStage<T> getBody() {
      return delegate.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      delegate.onSubscribe(
          new Subscription() {
            @Override
            public void request(long n) {
              subscription.request(n);
            }

            @Override
            public void cancel() {
              subscription.cancel();
              end(Outcome.SUCCESS); // the endpoint has responded; the application needs no more
            }
          });
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
      delegate.onNext(item);
    }

    @Override
    public void onError(Throwable failure) {
      completed = true;
      end(Outcome.of(failure));
      delegate.onError(failure);
    }

    @Override
    public void onComplete() {
      completed = true;
      end(Outcome.SUCCESS);
      delegate.onComplete();
    }

    private void end(Outcome outcome) {
      if (status != 0) {
        lease.end(outcome, status);
      }
    }

    private void discard() {
      Subscription subscription = upstream;
      if (subscription != null && !completed) {
        subscription.cancel();
        delegate.onError(new IOException("response discarded: another attempt is used"));
      }
    }
  }
}
