package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/**
 * Counts changes of what is in force, such as routes, limits or firewall rules: {@code
 * gateway.config.reloads} by {@code source} and {@code outcome} ({@code applied}, {@code refused}).
 * The code that replaces them says how it went. Thread-safe.
 */
public final class ReloadMetrics implements AutoCloseable {
  private final MeterGroup meters;
  private final Counter applied;
  private final Counter refused;

  /** Registers the meters of the source, such as {@code file}; its name is for people. */
  public ReloadMetrics(MeterRegistry registry, String source) {
    meters = new MeterGroup(requireNonNull(registry, "registry"));
    Tags tags = Tags.of("source", source);
    applied = outcome(tags, "applied");
    refused = outcome(tags, "refused");
  }

  private Counter outcome(Tags tags, String outcome) {
    return meters.counter(
        "gateway.config.reloads", "Changes by what came of them", tags.and("outcome", outcome));
  }

  /**
   * Makes a change, and counts it as applied if it returns, as refused if it throws.
   *
   * @throws RuntimeException what the change throws
   */
  public void reload(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      refused();
      throw e;
    }
    applied();
  }

  /** Says that a change is in force. */
  public void applied() {
    applied.increment();
  }

  /** Says that a change was bad, and what was in force stays. */
  public void refused() {
    refused.increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
  }
}
