// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

/** A server that responds with the name of the area to which it maps the path. */
record Backend(int port, Stop server) implements AutoCloseable {
  /** The areas of each server: {@code /chat}, {@code /admin} and {@code /static}. */
  static final String[] AREAS = {"chat", "admin", "static"};

  /** Prefix of the response body, followed by the name of the area. */
  static final String MARK = "area=";

  /** Stops a server. */
  @FunctionalInterface
  interface Stop {
    void run() throws Exception;
  }

  @Override
  @SuppressWarnings("IllegalCatch") // any exception of a server fails the test
  public void close() {
    try {
      server.run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
