// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Resolves a fixed list of names. The results have a time to live of zero, because a better one may
 * become available.
 */
final class BuiltInResolver implements AddressResolver {
  private final Map<String, Resolution> known = new TreeMap<>();

  BuiltInResolver(Map<String, List<InetAddress>> addresses) {
    addresses.forEach((host, list) -> {
      known.put(key(host), new Resolution(host, list, Duration.ZERO, "built-in list"));
    });
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    Resolution resolution = known.get(key(host));
    return resolution == null
        ? CompletableFuture.failedFuture(
            new UnknownHostException(host + " is not in the built-in list"))
        : CompletableFuture.completedFuture(resolution);
  }

  private static String key(String host) {
    return host.toLowerCase(Locale.ROOT);
  }
}
