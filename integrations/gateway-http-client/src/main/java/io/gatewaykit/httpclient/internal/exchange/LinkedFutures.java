// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Futures whose cancellation cancels the future that they depend on. */
public final class LinkedFutures {
  private LinkedFutures() {}

  /**
   * Converts a value.
   *
   * @param <A> the value
   * @param <B> the result
   */
  @FunctionalInterface
  public interface Mapping<A, B> {
    /** Returns the result; the future fails with the exception. */
    B apply(A value) throws IOException;
  }

  /**
   * Returns the future of the converted value.
   *
   * @param unused receives a value that arrived after the future was complete
   */
  public static <A, B> CompletableFuture<B> map(
      CompletableFuture<A> source, Mapping<A, B> mapping, Consumer<A> unused) {
    var result = new CompletableFuture<B>();
    CompletableFuture<?> ignored =
        source.whenComplete((value, failure) -> {
          if (failure != null) {
            result.completeExceptionally(unwrap(failure));
            return;
          }
          try {
            if (!result.complete(mapping.apply(value))) {
              unused.accept(value);
            }
            // including Error: the future must complete
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    cancels(result, source);
    return result;
  }

  /** Returns the future of the second step, which starts when the first has completed. */
  public static <A extends @Nullable Object, B> CompletableFuture<B> compose(
      CompletableFuture<A> first, Function<A, CompletableFuture<B>> second, Consumer<B> unused) {
    var result = new CompletableFuture<B>();
    CompletableFuture<?> ignored =
        first.whenComplete((value, failure) -> {
          if (failure != null) {
            result.completeExceptionally(unwrap(failure));
          } else if (!result.isDone()) {
            CompletableFuture<B> next = second.apply(value);
            cancels(result, next);
            CompletableFuture<?> unusedStage =
                next.whenComplete((end, cause) -> {
                  if (cause != null) {
                    result.completeExceptionally(unwrap(cause));
                  } else if (!result.complete(end)) {
                    unused.accept(end);
                  }
                });
          }
        });
    cancels(result, first);
    return result;
  }

  /** Cancels a future when another one is cancelled. */
  static void cancels(CompletableFuture<?> cancelled, CompletableFuture<?> target) {
    CompletableFuture<?> ignored =
        cancelled.whenComplete((value, failure) -> {
          if (cancelled.isCancelled()) {
            target.cancel(true);
          }
        });
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
