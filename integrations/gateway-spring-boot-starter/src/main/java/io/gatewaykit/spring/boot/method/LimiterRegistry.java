// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.RateLimiter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The limits that {@link RateLimited} can refer to. Thread-safe. */
public interface LimiterRegistry {
  /** Returns the limiter with a name; null if there is none. */
  @Nullable RateLimiter<Object> limiter(String name);

  /** Returns the names of all limiters, sorted. */
  Set<String> names();
}
