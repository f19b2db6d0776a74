package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Asks resolvers that may throw instead of failing. */
final class Asking {
  private Asking() {}

  static CompletableFuture<Resolution> ask(AddressResolver resolver, String host, String network) {
    try {
      return requireNonNull(resolver.resolve(host, network), "the resolver's stage")
          .toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Returns what failed inside the wrappers that futures add. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapped =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapped && cause != null ? cause : failure;
  }
}
