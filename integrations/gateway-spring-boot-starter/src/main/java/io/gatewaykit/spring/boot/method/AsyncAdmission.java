// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.Reservation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Requests the permits of several limits one after the other, without blocking. A rejected or
 * cancelled call returns those that it has taken. Thread-safe.
 */
final class AsyncAdmission extends CompletableFuture<Admission> {
  private final List<MethodLimit> limits;
  private final @Nullable Object[] arguments;
  private final @Nullable String principal;
  private final ScheduledExecutorService scheduler;
  private final List<Reservation> taken = new ArrayList<>(); // guarded by this
  private @Nullable CompletableFuture<Reservation> waiting; // guarded by this

  private AsyncAdmission(
      List<MethodLimit> limits,
      @Nullable Object[] arguments,
      @Nullable String principal,
      ScheduledExecutorService scheduler) {
    this.limits = limits;
    this.arguments = arguments;
    this.principal = principal;
    this.scheduler = scheduler;
  }

  /** Returns a future that completes when the call is admitted or rejected. */
  static AsyncAdmission start(
      List<MethodLimit> limits,
      @Nullable Object[] arguments,
      @Nullable String principal,
      ScheduledExecutorService scheduler) {
    var admission = new AsyncAdmission(limits, arguments, principal, scheduler);
    admission.request(0);
    return admission;
  }

  private void request(int index) {
    if (index == limits.size()) {
      complete(Admission.ADMITTED);
      return;
    }
    MethodLimit limit = limits.get(index);
    CompletableFuture<Reservation> reply;
    try {
      reply = limit.acquireAsync(arguments, principal, scheduler);
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    boolean active = setWaiting(reply);
    // Also if this was cancelled meanwhile: a reply that is complete then returns its permits.
    var ignored =
        reply.whenComplete((reservation, failure) -> {
          if (failure != null) {
            fail(failure);
          } else {
            proceed(index, limit, reservation);
          }
        });
    if (!active) {
      reply.cancel(true);
    }
  }

  private synchronized boolean setWaiting(CompletableFuture<Reservation> reply) {
    waiting = reply;
    return !isDone();
  }

  private void proceed(int index, MethodLimit limit, Reservation reservation) {
    if (!reservation.admitted()) {
      returnPermits();
      complete(new Admission(limit, reservation.decision()));
    } else if (take(reservation)) {
      request(index + 1);
    } else {
      reservation.cancel();
    }
  }

  private synchronized boolean take(Reservation reservation) {
    return !isDone() && taken.add(reservation);
  }

  private void fail(Throwable failure) {
    returnPermits();
    completeExceptionally(failure);
  }

  private synchronized void returnPermits() {
    taken.forEach(Reservation::cancel);
    taken.clear();
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      CompletableFuture<Reservation> reply;
      synchronized (this) {
        reply = waiting;
      }
      if (reply != null) {
        reply.cancel(true);
      }
      returnPermits();
    }
    return cancelled;
  }
}
