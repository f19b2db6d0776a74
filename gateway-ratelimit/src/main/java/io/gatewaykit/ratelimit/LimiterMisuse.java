// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rejects the requests of a guard whose key or cost its limiter does not support. This is a bug in
 * the application, not a failure of the limiter, so the failure mode does not apply. Thread-safe.
 */
final class LimiterMisuse {
  private static final Logger log = LoggerFactory.getLogger(LimiterMisuse.class);
  private static final Rejection NOT_LIMITABLE =
      Rejection.builder(503, "guard_failed", "Service Unavailable").build();

  private final String guard;
  private final AtomicBoolean logged = new AtomicBoolean();

  LimiterMisuse(String guard) {
    this.guard = guard;
  }

  /** Returns whether an exception of a limiter is about the key or cost that it was given. */
  private static boolean isMisuse(Throwable failure) {
    return failure instanceof IllegalArgumentException || failure instanceof ClassCastException;
  }

  /** Returns the rejection of a request, and logs the first one. */
  Verdict reject(Throwable misuse) {
    if (logged.compareAndSet(false, true)) {
      log.error(
          "guard {}: rejected a request it cannot limit ({})",
          guard,
          String.valueOf(misuse.getMessage()));
    }
    return Verdict.reject(NOT_LIMITABLE);
  }

  /** Maps the reply of a remote limiter, or its rejection of the arguments, to a verdict. */
  <T> CompletableFuture<Verdict> verdict(CompletableFuture<T> reply, Function<T, Verdict> mapping) {
    return reply
        .thenApply(mapping)
        .exceptionally(failure -> {
          Throwable cause =
              failure instanceof CompletionException && failure.getCause() != null
                  ? failure.getCause()
                  : failure;
          if (isMisuse(cause)) {
            return reject(cause);
          }
          throw failure instanceof CompletionException wrapped
              ? wrapped
              : new CompletionException(failure);
        });
  }
}
