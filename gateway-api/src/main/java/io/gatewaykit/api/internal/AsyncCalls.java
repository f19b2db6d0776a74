// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** Calls asynchronous methods of user code, and inspects their failures. */
public final class AsyncCalls {
  private AsyncCalls() {}

  /** Returns the result of a call. A call that throws or returns null is a failed future. */
  public static <T> CompletableFuture<T> start(Supplier<? extends CompletionStage<T>> call) {
    try {
      return requireNonNull(call.get(), "stage returned by the call").toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Returns the exception inside the wrapper that futures add. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapped =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapped && cause != null ? cause : failure;
  }
}
