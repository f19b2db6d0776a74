// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.Lease;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call. Its future completes when the response starts, or with the status of the
 * attempt if that comes first. Events are kept until the attempt becomes the call. Thread-safe.
 */
final class CallAttempt<Q, R> extends ClientCall.Listener<R> {
  private final Lease<?> lease;
  private final ClientCall<Q, R> call;
  private final Runnable onNoRetry;
  private final CompletableFuture<CallAttempt<Q, R>> started = new CompletableFuture<>();

  /** Held while the application is notified, so that kept events are not overtaken. */
  private final ReentrantLock lock = new ReentrantLock();

  private final List<Runnable> kept = new ArrayList<>(3);
  private ClientCall.@Nullable Listener<R> target;

  CallAttempt(Lease<?> lease, ClientCall<Q, R> call, Runnable onNoRetry) {
    this.lease = lease;
    this.call = call;
    this.onNoRetry = onNoRetry;
  }

  CompletableFuture<CallAttempt<Q, R>> start(Metadata headers, Q message) {
    lease.detach();
    CompletableFuture<?> unused =
        started.whenComplete((attempt, failure) -> {
          if (started.isCancelled()) {
            abandon();
          }
        });
    var copy = new Metadata();
    copy.merge(headers);
    call.start(this, copy);
    call.sendMessage(message);
    call.halfClose();
    return started;
  }

  /** Cancels an attempt that is not used, which counts against no endpoint. */
  void abandon() {
    lease.close();
    call.cancel("another attempt is used, or the attempt timed out", null);
  }

  void cancel(@Nullable String message, @Nullable Throwable cause) {
    call.cancel(message, cause);
  }

  void request(int count) {
    call.request(count);
  }

  /** Passes the events of this attempt to the listener of the call from now on. */
  void become(ClientCall.Listener<R> listener, int requested) {
    lock.lock();
    try {
      target = listener;
      kept.forEach(Runnable::run);
      kept.clear();
    } finally {
      lock.unlock();
    }
    if (requested > 0) {
      call.request(requested);
    }
  }

  private void deliver(Event<R> event) {
    lock.lock();
    try {
      ClientCall.Listener<R> listener = target;
      if (listener == null) {
        kept.add(() -> event.on(requireTarget()));
      } else {
        event.on(listener);
      }
    } finally {
      lock.unlock();
    }
  }

  private ClientCall.Listener<R> requireTarget() {
    return requireNonNull(target);
  }

  private interface Event<R> {
    void on(ClientCall.Listener<R> listener);
  }

  @Override
  public void onHeaders(Metadata headers) {
    lease.responseStarted();
    deliver(listener -> listener.onHeaders(headers));
    started.complete(this);
  }

  @Override
  public void onMessage(R message) {
    deliver(listener -> listener.onMessage(message));
    started.complete(this);
  }

  @Override
  public void onReady() {
    deliver(ClientCall.Listener::onReady);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    if (!StatusOutcomes.end(lease, status, trailers)) {
      onNoRetry.run();
    }
    deliver(listener -> listener.onClose(status, trailers));
    if (status.isOk()) {
      started.complete(this);
    } else {
      started.completeExceptionally(status.asRuntimeException(trailers));
    }
  }
}
