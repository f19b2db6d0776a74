// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Verdict;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits on the thread of the request. The following filters and the servlet then run as for a
 * request without a wait, in the same pass and with the same dispatcher type.
 *
 * <p>The delay of a limiter can last for seconds, and a client can cause many of them, so a delay
 * takes a slot before it holds the thread. A pending verdict of a limit in Redis arrives within
 * milliseconds, and takes a slot only after {@link #SHORT_MILLIS}. Otherwise a busy server would
 * reject requests for waits no longer than a database query.
 */
final class ThreadWait {
  private static final long SHORT_MILLIS = 100;

  /** A verdict that takes longer counts as a failure of its guard, and the request is rejected. */
  static final long MAX_PENDING_MILLIS = 30_000;

  /** {@code Thread.isVirtual}, which Java 17 lacks; null there. */
  private static final @Nullable MethodHandle IS_VIRTUAL = isVirtualHandle();

  private ThreadWait() {}

  /**
   * Waits and returns the verdict, which is neither a delay nor pending. Returns null if no slot is
   * free, no verdict arrives in time, or the thread is interrupted.
   */
  static @Nullable Verdict await(Verdict verdict, WaitSlots slots) {
    Verdict known = verdict;
    try {
      if (known instanceof Verdict.Pending pending) {
        known = awaitPending(pending.verdict().toCompletableFuture(), slots);
      }
      return known instanceof Verdict.Delay delay ? awaitDelay(delay, slots) : known;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the container is stopping
      return null;
    }
  }

  /** Waits and returns allow, or null if no slot is free. */
  static @Nullable Verdict awaitDelay(Verdict.Delay delay, WaitSlots slots)
      throws InterruptedException {
    boolean holdsThread = !isVirtual();
    if (!slots.tryAcquire(holdsThread)) {
      return null;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(delay.nanos());
      return Verdict.allow();
    } finally {
      slots.release(holdsThread);
    }
  }

  /** Waits and returns the verdict, or null if no slot is free or no verdict arrives in time. */
  static @Nullable Verdict awaitPending(
      CompletableFuture<? extends Verdict> pending, WaitSlots slots) throws InterruptedException {
    Verdict early = get(pending, SHORT_MILLIS);
    if (early != null) {
      return early;
    }
    boolean holdsThread = !isVirtual();
    if (!slots.tryAcquire(holdsThread)) {
      return null;
    }
    try {
      return get(pending, MAX_PENDING_MILLIS - SHORT_MILLIS);
    } finally {
      slots.release(holdsThread);
    }
  }

  private static @Nullable Verdict get(CompletableFuture<? extends Verdict> pending, long millis)
      throws InterruptedException {
    try {
      return pending.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      // unreachable: a chain completes its verdicts normally
      throw new IllegalStateException("pending verdict of a guard chain failed", e);
    }
  }

  private static boolean isVirtual() {
    if (IS_VIRTUAL == null) {
      return false;
    }
    try {
      return (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
    } catch (Throwable e) {
      throw new LinkageError("Thread.isVirtual", e);
    }
  }

  private static @Nullable MethodHandle isVirtualHandle() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }
}
