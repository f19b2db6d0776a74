// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.NoEndpointException;
import io.gatewaykit.failover.SelectContext;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A call with one request message, which is kept so that several attempts can send it. The attempt
 * whose response starts first, or that ends with a status that permits no retry, becomes the call.
 * Called by one thread at a time, as every gRPC call, except for {@link #cancel}.
 */
final class FailoverCall<C extends Channel, Q, R> extends ClientCall<Q, R> {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  private final FailoverGroup<C> group;
  private final MethodDescriptor<Q, R> method;
  private final CallOptions options;
  private final SelectContext context = new SelectContext();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<CallAttempt<Q, R>> attempts = new ArrayList<>(1);
  private @Nullable Listener<R> listener;
  private @Nullable Metadata headers;
  private @Nullable Q message;
  private int requested;
  private Status cancellation = Status.CANCELLED;
  private boolean cancelled;
  private @Nullable CompletableFuture<CallAttempt<Q, R>> execution;
  private @Nullable CallAttempt<Q, R> winner;

  FailoverCall(FailoverGroup<C> group, MethodDescriptor<Q, R> method, CallOptions options) {
    this.group = group;
    this.method = method;
    this.options = options;
    Boolean declared = options.getOption(FailoverChannel.IDEMPOTENT);
    context.idempotent(declared == null ? method.isSafe() || method.isIdempotent() : declared);
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    this.listener = listener;
    this.headers = headers;
  }

  @Override
  public void sendMessage(Q message) {
    this.message = message;
  }

  @Override
  public void halfClose() {
    lock.lock();
    try {
      if (cancelled) {
        return;
      }
    } finally {
      lock.unlock();
    }
    Deadline deadline = options.getDeadline();
    Duration within =
        deadline == null
            ? MAX_TIME
            : Duration.ofNanos(Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    CompletableFuture<CallAttempt<Q, R>> started =
        group.executeAsync(
            context,
            within.compareTo(MAX_TIME) > 0 ? MAX_TIME : within,
            lease -> {
              var attempt =
                  new CallAttempt<>(
                      lease,
                      lease.payload().newCall(method, options),
                      () -> context.idempotent(false));
              lock.lock();
              try {
                attempts.add(attempt);
              } finally {
                lock.unlock();
              }
              return attempt.start(requireNonNull(headers), requireNonNull(message));
            });
    boolean late;
    lock.lock();
    try {
      execution = started;
      late = cancelled;
    } finally {
      lock.unlock();
    }
    if (late) {
      started.cancel(true);
    }
    CompletableFuture<?> unused = started.whenComplete(this::onResult);
  }

  private void onResult(@Nullable CallAttempt<Q, R> result, @Nullable Throwable failure) {
    List<CallAttempt<Q, R>> others;
    int requests;
    lock.lock();
    try {
      winner = result;
      others = new ArrayList<>(attempts);
      requests = requested;
    } finally {
      lock.unlock();
    }
    others.remove(result);
    others.forEach(CallAttempt::abandon);
    Listener<R> target = requireNonNull(listener);
    if (result != null) {
      result.become(target, requests);
    } else if (failure instanceof StatusRuntimeException e) {
      close(target, e.getStatus(), e.getTrailers() == null ? new Metadata() : e.getTrailers());
    } else {
      close(target, status(requireNonNull(failure)), new Metadata());
    }
  }

  private void close(Listener<R> target, Status status, Metadata trailers) {
    UnavailableCall.onExecutor(options, () -> target.onClose(status, trailers));
  }

  private Status status(Throwable failure) {
    Deadline deadline = options.getDeadline();
    if (failure instanceof TimeoutException || (deadline != null && deadline.isExpired())) {
      return Status.DEADLINE_EXCEEDED.withDescription(failure.getMessage()).withCause(failure);
    }
    if (failure instanceof NoEndpointException) {
      return Status.UNAVAILABLE.withDescription(failure.getMessage()).withCause(failure);
    }
    return failure instanceof CancellationException ? cancellation : Status.fromThrowable(failure);
  }

  @Override
  public void request(int count) {
    CallAttempt<Q, R> current;
    lock.lock();
    try {
      current = winner;
      if (current == null) {
        requested += count;
      }
    } finally {
      lock.unlock();
    }
    if (current != null) {
      current.request(count);
    }
  }

  @Override
  public void cancel(@Nullable String text, @Nullable Throwable cause) {
    CompletableFuture<CallAttempt<Q, R>> running;
    CallAttempt<Q, R> current;
    boolean first;
    lock.lock();
    try {
      first = !cancelled;
      cancelled = true;
      cancellation = Status.CANCELLED.withDescription(text).withCause(cause);
      running = execution;
      current = winner;
    } finally {
      lock.unlock();
    }
    if (current != null) {
      current.cancel(text, cause);
    } else if (running != null) {
      running.cancel(true);
    } else if (first && listener != null) {
      close(listener, cancellation, new Metadata());
    }
  }
}
