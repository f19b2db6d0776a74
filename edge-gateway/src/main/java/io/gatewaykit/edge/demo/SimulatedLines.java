// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.demo;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The three lines of the demonstration, served by one thread. */
public final class SimulatedLines implements AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("simulated-lines", true), NioIoHandler.newFactory());
  private final List<SimulatedLine> lines;

  private SimulatedLines() {
    lines =
        List.of(
            new SimulatedLine("dedicated-hk", Duration.ofMillis(5), loop),
            new SimulatedLine("via-de", Duration.ofMillis(20), loop),
            new SimulatedLine("public-us", Duration.ofMillis(40), loop));
  }

  /**
   * Starts the lines on ephemeral ports. Returns once each has served a request, so that the first
   * probes do not measure a cold JVM.
   */
  public static SimulatedLines start() {
    var started = new SimulatedLines();
    started.lines.forEach(line -> line.endpoints().forEach(SimulatedEndpoint::awaitServing));
    return started;
  }

  /** Returns the lines, best first. */
  public List<SimulatedLine> lines() {
    return lines;
  }

  /** Stops all endpoints and the thread. */
  @Override
  public void close() {
    lines.forEach(SimulatedLine::close);
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
