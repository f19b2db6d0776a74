// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.upstream;

import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.config.GatewayConfig.EndpointConfig;
import io.gatewaykit.edge.config.GatewayConfig.LineConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the host names of endpoints periodically on its own thread. An endpoint retains its
 * address as long as its name resolves to it, possibly among others, or fails to resolve.
 */
final class AddressRefresh implements AutoCloseable {
  /** The interval between lookups of all names. The JVM also caches results for 30 s. */
  static final Duration INTERVAL = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(AddressRefresh.class);

  private final Supplier<GatewayConfig> config;
  private final Resolver resolver;
  private final Consumer<Map<String, InetSocketAddress>> moved;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> {
        var daemon = new Thread(task, "edge-resolver");
        daemon.setDaemon(true);
        return daemon;
      });

  /** Returns the addresses of a host. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  /**
   * Creates a refresh that is not started.
   *
   * @param config supplies the active configuration
   * @param moved receives the new addresses by endpoint id, never an empty map
   */
  AddressRefresh(
      Supplier<GatewayConfig> config,
      Resolver resolver,
      Consumer<Map<String, InetSocketAddress>> moved) {
    this.config = config;
    this.resolver = resolver;
    this.moved = moved;
  }

  void start() {
    long millis = INTERVAL.toMillis();
    var unused =
        thread.scheduleWithFixedDelay(this::refresh, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Resolves all names once. */
  void refresh() {
    var changes = new HashMap<String, InetSocketAddress>();
    try {
      for (LineConfig line : config.get().lines()) {
        for (EndpointConfig endpoint : line.endpoints()) {
          InetSocketAddress address = resolved(endpoint);
          if (!address.equals(endpoint.address())) {
            changes.put(endpoint.id(), address);
          }
        }
      }
      if (!changes.isEmpty()) {
        moved.accept(changes);
      }
    } catch (RuntimeException e) { // the schedule must continue
      log.error("endpoints: failed to apply new addresses", e);
    }
  }

  private InetSocketAddress resolved(EndpointConfig endpoint) {
    InetSocketAddress current = endpoint.address();
    String host = current.getHostString();
    if (host.equals(current.getAddress().getHostAddress())) {
      return current; // an address literal
    }
    try {
      List<InetAddress> found = Arrays.asList(resolver.resolve(host));
      return found.isEmpty() || found.contains(current.getAddress())
          ? current
          : new InetSocketAddress(found.get(0), current.getPort());
    } catch (UnknownHostException e) {
      log.debug("endpoint {}: name does not resolve, address kept", endpoint.id());
      return current;
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
