// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.AsyncCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Resolves a host name to addresses. Implementations are thread-safe and never block the caller;
 * {@link #blocking} adapts lookups that block.
 */
@FunctionalInterface
public interface AddressResolver {
  /** The network key of clients that do not distinguish networks. */
  String ANY_NETWORK = "";

  /** A lookup that may block. */
  @FunctionalInterface
  interface BlockingLookup {
    /**
     * Resolves a host name.
     *
     * @param network the network that the result may depend on, or {@link #ANY_NETWORK}
     * @throws IOException if the name has no address or the lookup fails
     */
    Resolution lookup(String host, String network) throws IOException;
  }

  /**
   * Resolves a host name.
   *
   * @param host the host name
   * @param network the network that the result may depend on, such as the mobile carrier, or {@link
   *     #ANY_NETWORK}; caches hold a separate entry for each
   * @return the resolution, or a failure; never a resolution without addresses
   */
  CompletionStage<Resolution> resolve(String host, String network);

  /** Resolves a host name for any network. */
  default CompletionStage<Resolution> resolve(String host) {
    return resolve(host, ANY_NETWORK);
  }

  /**
   * Resolves a host name for any network, and waits for the result.
   *
   * @param timeout the longest wait, above zero
   * @throws IOException if the lookup fails or exceeds the timeout; an {@link
   *     InterruptedIOException} if the thread is interrupted; its interrupt status is preserved
   */
  default Resolution resolveBlocking(String host, Duration timeout) throws IOException {
    long nanos = timeout.toNanos();
    CompletableFuture<Resolution> result = AsyncCalls.start(() -> resolve(host, ANY_NETWORK));
    try {
      return result.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = AsyncCalls.cause(e);
      throw cause instanceof IOException failure
          ? failure
          : new IOException("failed to resolve " + host, cause);
    } catch (TimeoutException e) {
      throw new IOException("failed to resolve " + host + " in " + timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while resolving " + host);
    }
  }

  /**
   * Returns a resolver that falls back to another one when this one fails. If both fail, the result
   * is the exception of the other, with that of this one added as suppressed.
   */
  default AddressResolver orElse(AddressResolver other) {
    requireNonNull(other, "other");
    return (host, network) ->
        AsyncCalls.start(() -> resolve(host, network))
            .exceptionallyCompose(failure ->
                AsyncCalls.start(() -> other.resolve(host, network))
                    .exceptionallyCompose(another -> {
                      Throwable cause = AsyncCalls.cause(another);
                      Throwable first = AsyncCalls.cause(failure);
                      if (!cause.equals(first)) { // an exception cannot suppress itself
                        cause.addSuppressed(first);
                      }
                      return CompletableFuture.failedFuture(cause);
                    }));
  }

  /** Returns a resolver that omits the IPv6 addresses of this one, and fails if none is left. */
  default AddressResolver ipv4Only() {
    return only(Inet4Address.class, "IPv4");
  }

  /** Returns a resolver that omits the IPv4 addresses of this one, and fails if none is left. */
  default AddressResolver ipv6Only() {
    return only(Inet6Address.class, "IPv6");
  }

  private AddressResolver only(Class<? extends InetAddress> family, String name) {
    return (host, network) ->
        resolve(host, network)
            .thenApply(all -> {
              List<InetAddress> some = all.addresses().stream().filter(family::isInstance).toList();
              if (some.isEmpty()) {
                throw new CompletionException(
                    new UnknownHostException(host + " has no " + name + " address"));
              }
              return new Resolution(host, some, all.ttl(), all.source());
            });
  }

  /**
   * Returns a resolver of lookups that block.
   *
   * @param executor runs the lookups; if it rejects one, the resolution fails
   */
  static AddressResolver blocking(Executor executor, BlockingLookup lookup) {
    requireNonNull(executor, "executor");
    requireNonNull(lookup, "lookup");
    return (host, network) ->
        AsyncCalls.start(() ->
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return lookup.lookup(host, network);
                  } catch (IOException e) {
                    throw new CompletionException(e);
                  }
                },
                executor));
  }

  /**
   * Returns the JDK's resolver. The JDK has a cache of its own, see {@code
   * networkaddress.cache.ttl}.
   *
   * @param executor runs the lookups, which block
   * @param ttl the time to live of the results, which the JDK does not provide; at least zero
   */
  static AddressResolver system(Executor executor, Duration ttl) {
    return blocking(
        executor,
        (host, network) ->
            new Resolution(host, List.of(InetAddress.getAllByName(host)), ttl, "system"));
  }

  /**
   * Returns a resolver with a fixed set of addresses: the list that is built into a client as a
   * last resort if all other resolvers fail. The results have a time to live of zero, because a
   * better one may become available. Names are compared without case.
   *
   * @throws IllegalArgumentException if a name has no addresses
   */
  static AddressResolver builtIn(Map<String, List<InetAddress>> addresses) {
    return new BuiltInResolver(addresses);
  }
}
