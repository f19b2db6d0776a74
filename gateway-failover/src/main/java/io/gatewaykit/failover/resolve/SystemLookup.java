package io.gatewaykit.failover.resolve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Asks the JDK, which asks the operating system, and blocks meanwhile. */
final class SystemLookup {
  private SystemLookup() {}

  static Resolution of(String host, Duration ttl) {
    try {
      return new Resolution(host, List.of(InetAddress.getAllByName(host)), ttl, "system");
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }
}
