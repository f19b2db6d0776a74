// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.gatewaykit.api.request.BodyBudget;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * Bounds across all clients. The defaults are derived from the memory and file descriptors of the
 * process.
 *
 * @param maxConnections the maximum number of client connections
 * @param held the budget for heads, bodies and messages
 * @param maxSlowReaders the maximum number of connections whose response has filled its buffers
 */
public record ProxyLimits(int maxConnections, BodyBudget held, int maxSlowReaders) {
  /** The approximate memory of an idle connection. */
  private static final int BYTES_PER_CONNECTION = 16 << 10;

  /** The approximate memory of a response that waits for its client. */
  private static final int BYTES_PER_SLOW_READER = 128 << 10;

  private static final int MIN_CONNECTIONS = 256;
  private static final int OWN_DESCRIPTORS = 128;

  /** Returns the limits for this process. */
  public static ProxyLimits ofProcess() {
    long memory = Runtime.getRuntime().maxMemory();
    long connections = Math.min(memory / BYTES_PER_CONNECTION, descriptors() / 3 * 2);
    return new ProxyLimits(
        (int) Math.max(MIN_CONNECTIONS, Math.min(Integer.MAX_VALUE, connections)),
        BodyBudget.ofHeapFraction(),
        (int) Math.min(Integer.MAX_VALUE, memory / 4 / BYTES_PER_SLOW_READER));
  }

  /**
   * Returns a copy with some limits replaced.
   *
   * @param connections replaces {@link #maxConnections} unless null
   * @param heldBytes replaces the budget unless null; at least 1 MiB
   * @param slowReaders replaces {@link #maxSlowReaders} unless null
   */
  public ProxyLimits with(
      @Nullable Long connections, @Nullable Long heldBytes, @Nullable Long slowReaders) {
    return new ProxyLimits(
        connections == null ? maxConnections : Math.toIntExact(connections),
        heldBytes == null ? held : BodyBudget.of(heldBytes),
        slowReaders == null ? maxSlowReaders : Math.toIntExact(slowReaders));
  }

  /**
   * Returns the maximum number of open files and sockets. Clients can use two thirds of them, as
   * their requests require some too.
   */
  private static long descriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount() - OWN_DESCRIPTORS
        : Long.MAX_VALUE;
  }
}
