package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Counts a firewall's incidents, {@code gateway.waf.requests} by {@code ruleset} and {@code
 * outcome} ({@code blocked}, {@code detected}, {@code exhausted}), and the rules that matched,
 * {@code gateway.waf.matches} by {@code rule} and {@code action}, once for each request. Requests
 * without any hit are not told to listeners, so they are not counted. Nothing of a request becomes
 * a tag. Thread-safe.
 */
public final class WafMetrics implements WafListener, AutoCloseable {
  private final String ruleset;
  private final BoundedCounters requests;
  private final BoundedCounters matches;

  /** Counts into the registry; the rule set's name is for people. */
  public WafMetrics(MeterRegistry registry, String ruleset) {
    this.ruleset = requireNonNull(ruleset, "ruleset");
    requests =
        new BoundedCounters(
            registry, "gateway.waf.requests", "Requests in which the firewall found something");
    matches = new BoundedCounters(registry, "gateway.waf.matches", "Requests that a rule matched");
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {
    String found = result.hits().isEmpty() ? "exhausted" : "detected";
    requests.increment("ruleset", ruleset, "outcome", result.blocked() ? "blocked" : found);
    Set<String> counted = new HashSet<>();
    for (RuleHit hit : result.hits()) {
      if (counted.add(hit.rule())) {
        String action = hit.action().name().toLowerCase(Locale.ROOT);
        matches.increment("rule", hit.rule(), "action", action);
      }
    }
  }

  /** Removes the meters. */
  @Override
  public void close() {
    requests.removeIf(tags -> true);
    matches.removeIf(tags -> true);
  }
}
