// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The callers that wait for a permit of one key: the highest priority first, in the order of
 * arrival among equals. Guarded by the limiter's map.
 *
 * @param <P> the type of the permits
 */
final class PermitQueue<P extends ConcurrencyPermit> {
  private final TreeSet<Waiter<P>> waiters =
      new TreeSet<>(
          Comparator.<Waiter<P>>comparingInt(waiter -> -waiter.priority)
              .thenComparingLong(waiter -> waiter.number));
  private long arrivals;

  /** One waiting caller. It completes once, with a permit or empty. */
  static final class Waiter<P extends ConcurrencyPermit>
      extends CompletableFuture<Optional<ConcurrencyPermit>> {
    private final int priority;
    private long number;
    final P permit;
    private final Runnable onCancel;

    /**
     * Creates a waiter.
     *
     * @param permit the permit to grant
     * @param onCancel called if it is cancelled, to remove it from the queue or release its permit
     */
    Waiter(int priority, P permit, Consumer<Waiter<P>> onCancel) {
      this.priority = priority;
      this.permit = permit;
      this.onCancel = () -> onCancel.accept(this);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      if (cancelled) {
        onCancel.run();
      }
      return cancelled;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }

  /**
   * Adds a waiter.
   *
   * @param max the largest number of waiters
   * @return the waiter that exceeds it: the last of the lowest priority; null if none does
   */
  @Nullable Waiter<P> add(Waiter<P> waiter, int max) {
    waiter.number = arrivals++;
    waiters.add(waiter);
    return waiters.size() > max ? waiters.pollLast() : null;
  }

  /** Completes waiters with their permits. A waiter that was cancelled releases its permit. */
  static <P extends ConcurrencyPermit> void complete(List<Waiter<P>> served) {
    for (Waiter<P> waiter : served) {
      waiter.complete(Optional.of(waiter.permit));
    }
  }

  /** Removes a waiter; returns whether it was in the queue. */
  @SuppressWarnings("SuspiciousMethodCalls") // a waiter of this queue, of unknown type
  boolean remove(Waiter<?> waiter) {
    return waiters.remove(waiter);
  }

  /** Removes and returns the first waiter; the queue must not be empty. */
  Waiter<P> first() {
    return requireNonNull(waiters.pollFirst());
  }

  int size() {
    return waiters.size();
  }
}
