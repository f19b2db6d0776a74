package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.resolve.Resolution;
import io.gatewaykit.failover.resolve.ResolverListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a caching resolver learns: {@code gateway.resolver.results} by {@code resolver} and
 * {@code outcome}: {@code changed}, the addresses are new; {@code stale}, it failed and the last
 * good answer is still used; {@code failed}, there is none. An answer that says the same again is
 * not told, so not counted. Names and networks are never tags. Thread-safe.
 */
public final class ResolverMetrics implements ResolverListener, AutoCloseable {
  private final MeterGroup meters;
  private final Counter changed;
  private final Counter stale;
  private final Counter failed;

  /** Registers the meters of the resolver; its name is for people. */
  public ResolverMetrics(MeterRegistry registry, String resolver) {
    meters = new MeterGroup(requireNonNull(registry, "registry"));
    Tags tags = Tags.of("resolver", resolver);
    changed = outcome(tags, "changed");
    stale = outcome(tags, "stale");
    failed = outcome(tags, "failed");
  }

  private Counter outcome(Tags tags, String outcome) {
    return meters.counter(
        "gateway.resolver.results", "Questions by what came of them", tags.and("outcome", outcome));
  }

  @Override
  public void onAnswer(String network, Resolution resolution, @Nullable Resolution before) {
    changed.increment();
  }

  @Override
  public void onFailure(
      String host, String network, Throwable failure, @Nullable Resolution stillUsed) {
    (stillUsed == null ? failed : stale).increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
  }
}
