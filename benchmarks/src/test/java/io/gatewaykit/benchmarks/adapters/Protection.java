// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.adapters;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.netty.GatewayHandler;
import io.gatewaykit.ratelimit.ConcurrencyGuard;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.netty.channel.ChannelHandler;
import jakarta.servlet.Filter;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The protection in front of the application, with limits that are never reached. */
enum Protection {
  /** None. */
  BARE {
    @Override
    @Nullable Filter filter() {
      return null;
    }

    @Override
    @Nullable ChannelHandler handler() {
      return null;
    }
  },
  /** One limit per client address with Bucket4j, as in its documentation. */
  BUCKET4J {
    @Override
    Filter filter() {
      return new Bucket4jFilter();
    }

    @Override
    ChannelHandler handler() {
      return new Bucket4jHandler();
    }
  },
  /** The same limit with gateway-ratelimit. */
  LIMIT {
    @Override
    Filter filter() {
      return GatewayFilter.of(GuardChain.of(rateLimit()));
    }

    @Override
    ChannelHandler handler() {
      return GatewayHandler.of(GuardChain.of(rateLimit()));
    }
  },
  /** The limit, the firewall with its built-in rules, and a concurrency limit. */
  CHAIN {
    @Override
    Filter filter() {
      return GatewayFilter.of(chain());
    }

    @Override
    ChannelHandler handler() {
      return GatewayHandler.of(chain());
    }
  };

  static final int PER_SECOND = 1_000_000;

  abstract @Nullable Filter filter();

  abstract @Nullable ChannelHandler handler();

  static Guard rateLimit() {
    var perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(PER_SECOND).burst(PER_SECOND).nodelay())
            .build();
    return RateLimitGuard.builder("client", perClient).build();
  }

  static GuardChain chain() {
    ConcurrencyLimiter<InetAddress> atOnce =
        ConcurrencyLimiter.<InetAddress>builder().max(10_000).build();
    return GuardChain.of(
        rateLimit(),
        ConcurrencyGuard.of("client-at-once", atOnce),
        WafGuard.builder(Waf.builder().build()).build());
  }
}
