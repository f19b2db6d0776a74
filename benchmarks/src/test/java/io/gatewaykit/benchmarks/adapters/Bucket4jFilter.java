// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.adapters;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One bucket per client address, in a map that grows with their number. */
final class Bucket4jFilter implements Filter {
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  static Bucket newBucket() {
    return Bucket.builder()
        .addLimit(limit ->
            limit
                .capacity(Protection.PER_SECOND)
                .refillGreedy(Protection.PER_SECOND, Duration.ofSeconds(1)))
        .build();
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse answer, FilterChain chain)
      throws IOException, ServletException {
    var response = (HttpServletResponse) answer;
    Bucket bucket = buckets.computeIfAbsent(request.getRemoteAddr(), address -> newBucket());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (probe.isConsumed()) {
      response.setHeader("X-Rate-Limit-Remaining", Long.toString(probe.getRemainingTokens()));
      chain.doFilter(request, response);
    } else {
      response.setStatus(429);
      response.setHeader(
          "X-Rate-Limit-Retry-After-Seconds",
          Long.toString(TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill())));
    }
  }
}
