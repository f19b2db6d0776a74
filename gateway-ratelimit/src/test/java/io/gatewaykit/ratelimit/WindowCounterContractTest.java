// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

class WindowCounterContractTest extends WindowContract {
  @Override
  protected RateLimiter<String> counter(Kind kind, Limit limit) {
    var builder = WindowCounter.<String>builder().ticker(ticker).clock(clock);
    return switch (kind) {
      case FIXED -> builder.fixed(limit).build();
      case SLIDING -> builder.sliding(limit).build();
      case ESTIMATE -> builder.slidingEstimate(limit).build();
      case HOUR -> calendar(limit.permits(), ChronoUnit.HOURS, ZoneId.of("UTC"));
    };
  }

  @Override
  protected RateLimiter<String> calendar(long permits, ChronoUnit unit, ZoneId zone) {
    return WindowCounter.<String>builder()
        .ticker(ticker)
        .clock(clock)
        .calendar(permits, unit, zone)
        .build();
  }
}
