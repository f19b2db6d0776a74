// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Grants a limited number of concurrent permits to each of many keys, in this process or elsewhere.
 * Thread-safe. {@link ConcurrencyGuard} applies it to requests.
 *
 * @param <K> the type of the keys
 */
public interface PermitSource<K> {
  /**
   * Requests a permit without waiting for one, and without blocking the thread.
   *
   * @return completes with the permit, or empty if none is available; immediately unless the source
   *     is remote. A caller that no longer needs the result must still release the permit
   */
  CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(K key);

  /** Returns the typical latency of a request, after which a rejected one may succeed. */
  Duration usualLatency();
}
