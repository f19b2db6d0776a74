// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.TimeUnit;

/** A registry, and the text that Prometheus would scrape from it. */
abstract class Scraped {
  /** Advances with each reading, so that each collection takes new snapshots. */
  private static final class Restless implements Clock {
    private long now;

    @Override
    public long wallTime() {
      return TimeUnit.NANOSECONDS.toMillis(now);
    }

    @Override
    public synchronized long monotonicTime() {
      return now += TimeUnit.SECONDS.toNanos(1);
    }
  }

  final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(
          PrometheusConfig.DEFAULT, new PrometheusRegistry(), new Restless());

  void assertScraped(String... lines) {
    assertThat(registry.scrape().lines()).contains(lines);
  }

  void assertNothingLeft() {
    assertThat(registry.scrape().lines().filter(line -> !line.startsWith("#"))).isEmpty();
    assertThat(registry.getMeters()).isEmpty();
  }
}
