// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import io.gatewaykit.ratelimit.OverflowPolicy;
import org.junit.jupiter.api.Test;

class RateLimitMetricsTest extends Scraped {
  private final KeyedLeakyBucket<String> bucket =
      KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1).burst(2)).build();

  @Test
  void limiter_isCounted() {
    var metrics = new RateLimitMetrics(registry, "client").bind(bucket);
    MonitoredLimiter<String> limiter = MonitoredLimiter.of(bucket, metrics);
    for (int i = 0; i < 5; i++) {
      limiter.check("somebody", 1);
    }
    assertScraped(
        "gateway_ratelimit_requests_total{limiter=\"client\",outcome=\"allowed\"} 1.0",
        "gateway_ratelimit_requests_total{limiter=\"client\",outcome=\"delayed\"} 2.0",
        "gateway_ratelimit_requests_total{limiter=\"client\",outcome=\"rejected\"} 2.0",
        "gateway_ratelimit_delay_seconds_count{limiter=\"client\"} 2",
        "gateway_ratelimit_keys{limiter=\"client\"} 1.0",
        "gateway_ratelimit_overflows_total{limiter=\"client\"} 0.0",
        "gateway_ratelimit_evicted_total{limiter=\"client\"} 0.0");
    assertThat(registry.scrape()).doesNotContain("somebody");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void shadow_namesWhatWouldHaveBeen() {
    var metrics = RateLimitMetrics.shadow(registry, "trial");
    MonitoredLimiter<String> limiter = MonitoredLimiter.shadow(bucket, metrics);
    for (int i = 0; i < 5; i++) {
      assertThat(limiter.check("somebody", 1).admitted()).isTrue();
    }
    assertScraped(
        "gateway_ratelimit_requests_total{limiter=\"trial\",outcome=\"allowed\"} 1.0",
        "gateway_ratelimit_requests_total{limiter=\"trial\",outcome=\"would_delay\"} 2.0",
        "gateway_ratelimit_requests_total{limiter=\"trial\",outcome=\"would_reject\"} 2.0");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void fullLimiter_showsOverflowsAndWhatWasForgotten() {
    KeyedLeakyBucket<Integer> small =
        KeyedLeakyBucket.<Integer>builder()
            .limit(Limit.perSecond(1).burst(10))
            .maxKeys(1)
            .overflow(OverflowPolicy.EVICT_LEAST_DEBT)
            .build();
    var metrics = new RateLimitMetrics(registry, "small").bind(small);
    for (int key = 0; key < 100; key++) {
      small.check(key, 1);
    }
    assertThat(small.overflows()).isPositive();
    assertScraped(
        "gateway_ratelimit_overflows_total{limiter=\"small\"} " + (double) small.overflows(),
        "gateway_ratelimit_evicted_total{limiter=\"small\"} " + (double) small.evictedPermits());
    metrics.close();
    assertNothingLeft();
  }
}
