package io.gatewaykit.failover.resolve;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Asks the second when the first one fails. */
final class FallbackResolver implements AddressResolver {
  private final AddressResolver first;
  private final AddressResolver second;

  FallbackResolver(AddressResolver first, AddressResolver second) {
    this.first = first;
    this.second = second;
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    return Asking.ask(first, host, network)
        .exceptionallyCompose(failure ->
            Asking.ask(second, host, network)
                .exceptionallyCompose(another -> {
                  Throwable cause = Asking.unwrap(another);
                  cause.addSuppressed(Asking.unwrap(failure));
                  return CompletableFuture.failedFuture(cause);
                }));
  }
}
