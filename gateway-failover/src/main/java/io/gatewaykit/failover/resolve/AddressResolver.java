package io.gatewaykit.failover.resolve;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Finds the addresses of a name. Implementations are thread-safe and never block the caller.
 *
 * <p>A resolver for a client in the field is put together of these: {@linkplain HttpDnsResolver
 * HTTPDNS}, {@linkplain RacingResolver raced} with the system's DNS, before a {@linkplain #builtIn
 * built-in list}, behind a {@linkplain CachingResolver cache}.
 */
@FunctionalInterface
public interface AddressResolver {
  /** The network key of those who do not tell networks apart. */
  String ANY_NETWORK = "";

  /**
   * Finds the addresses of the host.
   *
   * @param host the name
   * @param network what the answer may depend on, such as the mobile carrier; {@link #ANY_NETWORK}
   *     if nothing. Caches keep the answers of networks apart.
   * @return the resolution, or a failure; never a resolution without addresses
   */
  CompletionStage<Resolution> resolve(String host, String network);

  /**
   * Returns this resolver with another one behind it, which is asked when this one fails. If both
   * fail the failure is the other's, with this one's as suppressed.
   */
  default AddressResolver orElse(AddressResolver other) {
    return new FallbackResolver(this, other);
  }

  /**
   * Returns the JDK's resolver.
   *
   * @param executor runs the look-ups, which block
   * @param ttl for how long to take an answer as fresh, since the JDK does not say
   */
  static AddressResolver system(Executor executor, Duration ttl) {
    return (host, network) ->
        CompletableFuture.supplyAsync(() -> SystemLookup.of(host, ttl), executor);
  }

  /**
   * Returns the resolver that knows these addresses and no others: the list that is built into a
   * client for the day when every resolver fails.
   *
   * @throws IllegalArgumentException if a name has no addresses
   */
  static AddressResolver builtIn(Map<String, List<InetAddress>> addresses) {
    return new BuiltInResolver(addresses);
  }
}
