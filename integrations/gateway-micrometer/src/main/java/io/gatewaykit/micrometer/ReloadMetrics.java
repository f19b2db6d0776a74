// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/**
 * Counts configuration changes, such as those of routes, limits or firewall rules: {@code
 * gateway.config.reloads} by {@code source} and {@code outcome} ({@code applied}, {@code
 * rejected}). The code that performs a change reports its outcome. Thread-safe.
 */
public final class ReloadMetrics implements AutoCloseable {
  private final MeterGroup meters;
  private final Counter applied;
  private final Counter rejected;

  /**
   * Registers the meters of a source, such as {@code file}.
   *
   * @param source the value of the tag {@code source}
   */
  public ReloadMetrics(MeterRegistry registry, String source) {
    meters = new MeterGroup(requireNonNull(registry, "registry"));
    Tags tags = Tags.of("source", source);
    applied = outcome(tags, "applied");
    rejected = outcome(tags, "rejected");
  }

  private Counter outcome(Tags tags, String outcome) {
    return meters.counter(
        "gateway.config.reloads", "Configuration changes by outcome", tags.and("outcome", outcome));
  }

  /**
   * Runs a change and counts it: applied if it returns, rejected if it throws.
   *
   * @throws RuntimeException the exception of the change
   */
  public void reload(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      rejected();
      throw e;
    }
    applied();
  }

  /** Records that a change is in effect. */
  public void applied() {
    applied.increment();
  }

  /** Records that a change was invalid and the previous configuration remains in effect. */
  public void rejected() {
    rejected.increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
  }
}
