package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/**
 * Counts what a firewall finds. As its listener, the requests that a rule matched: {@code
 * gateway.waf.matches} by {@code rule} and {@code action}. Around its guard, see {@link #watch},
 * all requests, once each: {@code gateway.waf.requests} by {@code ruleset} and {@code outcome}; and
 * how long it looks at them: {@code gateway.waf.inspection} by {@code ruleset} and {@code phase}.
 * Nothing of a request becomes a tag. Thread-safe.
 */
public final class WafMetrics implements WafListener, AutoCloseable {
  private final MeterRegistry registry;
  private final Tags ruleset;
  private final BoundedCounters matches;
  private final MeterGroup meters;

  /** Counts into the registry; the rule set's name is for people. */
  public WafMetrics(MeterRegistry registry, String ruleset) {
    this.registry = requireNonNull(registry, "registry");
    this.ruleset = Tags.of("ruleset", ruleset);
    matches = new BoundedCounters(registry, "gateway.waf.matches", "Requests that a rule matched");
    meters = new MeterGroup(registry);
  }

  /**
   * Returns a guard that does what the given one does, and counts and times it. The outcomes are
   * {@code passed}, {@code blocked}, {@code detected} (let pass), {@code exhausted} (let pass
   * without having seen all), {@code oversize} (refused for the body's length), {@code skipped}
   * (the firewall is off) and {@code error} (the guard failed).
   */
  public Guard watch(WafGuard guard) {
    return new WatchedWaf(
        requireNonNull(guard, "guard"), meters, ruleset, registry.config().clock());
  }

  @Override
  public void onHit(WafRequest request, RuleHit hit) {
    matches.increment("rule", hit.rule(), "action", MeterGroup.lower(hit.action()));
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {}

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
    matches.clear();
  }
}
