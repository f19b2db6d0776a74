package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Verdict;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits on the request's own thread, where the user has chosen that. */
final class HeldThread {
  private HeldThread() {}

  /** Returns what follows the wait; null if too many wait already, or the thread is wanted back. */
  static @Nullable Verdict await(Verdict verdict, Semaphore threads) {
    if (!threads.tryAcquire()) {
      return null;
    }
    try {
      if (verdict instanceof Verdict.Delay delay) {
        TimeUnit.NANOSECONDS.sleep(delay.nanos());
        return Verdict.allow();
      }
      return verdict instanceof Verdict.Pending pending
          ? pending.verdict().toCompletableFuture().get()
          : verdict;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a chain's pending verdict failed", e); // it never does
    } finally {
      threads.release();
    }
  }
}
