package io.gatewaykit.failover.resolve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Knows a fixed list of names. Its answers are to be used once: a better one may come. */
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
