// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.demo;

import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The line of one provider: two endpoints with a common network delay, which fail together. */
public final class SimulatedLine implements AutoCloseable {
  private static final int ENDPOINTS = 2;

  private final String name;
  private final Duration delay;
  private final List<SimulatedEndpoint> endpoints;

  SimulatedLine(String name, Duration delay, EventLoopGroup loop) {
    this.name = name;
    this.delay = delay;
    var list = new ArrayList<SimulatedEndpoint>();
    for (int i = 1; i <= ENDPOINTS; i++) {
      list.add(new SimulatedEndpoint(name, name + "-" + i, delay, loop));
    }
    endpoints = List.copyOf(list);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the normal response time. */
  public Duration delay() {
    return delay;
  }

  /** Returns its endpoints. */
  public List<SimulatedEndpoint> endpoints() {
    return endpoints;
  }

  /** Applies an action to all endpoints; returns when it is complete. */
  public void apply(LineAction action) {
    endpoints.forEach(endpoint -> endpoint.apply(action));
  }

  @Override
  public void close() {
    endpoints.forEach(SimulatedEndpoint::close);
  }
}
