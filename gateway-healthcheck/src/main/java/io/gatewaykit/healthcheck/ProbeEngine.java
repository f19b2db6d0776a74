// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.engine.EngineSettings;
import io.gatewaykit.healthcheck.internal.engine.ProbeConnection;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.engine.Transport;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs the probes of any number of checkers on a single thread without blocking it. Closing the
 * engine stops the thread and closes all connections. Close the checkers that use it first.
 * Thread-safe.
 */
public final class ProbeEngine implements AutoCloseable {
  private final ProbeLoop loop;
  private final Transport transport;
  private final InstantSource clock;

  private ProbeEngine(EngineSettings settings, InstantSource clock, @Nullable Transport transport) {
    loop = new ProbeLoop(settings);
    this.clock = clock;
    this.transport =
        transport != null
            ? transport
            : (exchange, owner) -> new ProbeConnection(loop, exchange, owner);
  }

  /** Returns a new builder. */
  public static Builder builder() {
    return new Builder();
  }

  ProbeLoop loop() {
    return loop;
  }

  Transport transport() {
    return transport;
  }

  /** Returns the source of the times in events. */
  InstantSource clock() {
    return clock;
  }

  /** Returns the number of probes in flight. */
  public int inFlight() {
    return loop.inFlight();
  }

  /** Returns the engine's recent scheduling lag in nanoseconds, as a decaying maximum. */
  public long lagNanos() {
    return loop.lagNanos();
  }

  /**
   * Stops the engine thread and the background threads, and waits for their termination: at most a
   * second for background threads, which may be blocked in a resolver or a listener. It never waits
   * for the current thread; called on the engine thread, it does not wait at all.
   */
  @Override
  public void close() {
    loop.close();
  }

  /** Collects the settings of a {@link ProbeEngine}, each set at most once. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_IN_FLIGHT = 2_048;
    private static final double DOWN_SHARE = 0.25;
    private static final int MAX_KEPT = 20_000;

    private @Nullable Ticker ticker;
    private @Nullable String threadName;
    private @Nullable Integer maxInFlight;
    private @Nullable Integer maxInFlightPerAddress;
    private @Nullable Double downShare;
    private @Nullable Integer maxKeptConnections;
    private @Nullable Transport transport;
    private @Nullable InstantSource clock;
    private boolean driven;
    private @Nullable Long seed;

    private Builder() {}

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /** Sets the source of the times in events. Default: {@link InstantSource#system()}. */
    public Builder clock(InstantSource clock) {
      this.clock = Arguments.once("clock", this.clock, clock);
      return this;
    }

    /** Sets the name of the thread. Default: {@code gateway-probes}. */
    public Builder threadName(String name) {
      threadName = Arguments.once("threadName", threadName, name);
      return this;
    }

    /**
     * Sets the maximum number of concurrent probes; others wait. Default: 2,048.
     *
     * @throws IllegalArgumentException if it is not 1..65,536
     */
    public Builder maxInFlight(int probes) {
      int checked = Arguments.range("maxInFlight", probes, 1, 65_536);
      maxInFlight = Arguments.once("maxInFlight", maxInFlight, checked);
      return this;
    }

    /**
     * Sets the fraction of these that may be probes of unhealthy targets, at least one. Default:
     * 0.25.
     *
     * @throws IllegalArgumentException if it is not 0..1
     */
    public Builder downShare(double share) {
      double checked = Arguments.range("downShare", share, 0, 1);
      downShare = Arguments.once("downShare", downShare, checked);
      return this;
    }

    /**
     * Sets the maximum number of concurrent probes per IP address, regardless of the port. Default:
     * no separate limit.
     *
     * @throws IllegalArgumentException if it is not 1..65,536
     */
    public Builder maxInFlightPerAddress(int probes) {
      int checked = Arguments.range("maxInFlightPerAddress", probes, 1, 65_536);
      maxInFlightPerAddress =
          Arguments.once("maxInFlightPerAddress", maxInFlightPerAddress, checked);
      return this;
    }

    /**
     * Sets the maximum number of connections kept open between probes. Other targets use a new
     * connection for each probe. Each one takes a file descriptor. Default: 20,000.
     *
     * @throws IllegalArgumentException if it is not 0..1,000,000
     */
    public Builder maxKeptConnections(int connections) {
      int checked = Arguments.range("maxKeptConnections", connections, 0, 1_000_000);
      maxKeptConnections = Arguments.once("maxKeptConnections", maxKeptConnections, checked);
      return this;
    }

    /** Sets the transport that creates connections; for tests. */
    Builder transport(Transport transport) {
      this.transport = transport;
      return this;
    }

    /** Disables the engine thread: the test calls {@link ProbeLoop#turn()}. */
    Builder driven() {
      driven = true;
      return this;
    }

    /** Sets the seed of phases and jitter. Default: random, which desynchronizes processes. */
    public Builder seed(long seed) {
      this.seed = Arguments.once("seed", this.seed, seed);
      return this;
    }

    /** Builds the engine and starts its thread, which is a daemon. */
    public ProbeEngine build() {
      int most = maxInFlight == null ? MAX_IN_FLIGHT : maxInFlight;
      var settings =
          new EngineSettings(
              ticker == null ? Ticker.system() : ticker,
              threadName == null ? "gateway-probes" : threadName,
              most,
              Math.max(1, (int) (most * (downShare == null ? DOWN_SHARE : downShare))),
              maxInFlightPerAddress == null ? Integer.MAX_VALUE : maxInFlightPerAddress,
              maxKeptConnections == null ? MAX_KEPT : maxKeptConnections,
              seed == null ? new SecureRandom().nextLong() : seed, // desynchronizes gateways
              driven);
      return new ProbeEngine(settings, clock == null ? InstantSource.system() : clock, transport);
    }
  }
}
