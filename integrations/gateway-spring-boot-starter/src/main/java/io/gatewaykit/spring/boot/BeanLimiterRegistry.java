// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.spring.boot.method.LimiterRegistry;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;

/** Finds limiters by their names in properties, then by the names of beans. */
record BeanLimiterRegistry(NamedLimits limits, ListableBeanFactory beans)
    implements LimiterRegistry {
  @Override
  @SuppressWarnings("unchecked") // the type of keys is not known
  public @Nullable RateLimiter<Object> limiter(String name) {
    NamedLimit limit = limits.all().get(name);
    if (limit != null) {
      return limit.limiter();
    }
    return beans.containsBean(name) && beans.isTypeMatch(name, RateLimiter.class)
        ? beans.getBean(name, RateLimiter.class)
        : null;
  }

  @Override
  public Set<String> names() {
    var names = new TreeSet<>(Arrays.asList(beans.getBeanNamesForType(RateLimiter.class)));
    limits
        .all()
        .forEach((name, limit) -> {
          if (limit.limiter() != null) {
            names.add(name);
          }
        });
    return names;
  }
}
