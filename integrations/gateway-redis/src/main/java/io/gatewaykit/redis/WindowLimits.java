// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.LimitResolver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits of each window by key. */
final class WindowLimits<K> {
  private static final Duration MAX_PERIOD = Duration.ofDays(50);

  private final List<@Nullable LimitResolver<? super K>> resolvers;

  /** Limits of keys without their own. Replaced as a whole; writes are guarded by this. */
  private volatile Limit[] common;

  WindowLimits(List<Limit> common, List<@Nullable LimitResolver<? super K>> resolvers) {
    this.common = common.toArray(Limit[]::new);
    this.resolvers = new ArrayList<>(resolvers);
  }

  /** Returns the key's limit for each window. */
  Limit[] of(K key) {
    Limit[] current = common;
    Limit[] own = null;
    for (int i = 0; i < current.length; i++) {
      LimitResolver<? super K> resolver = resolvers.get(i);
      Limit limit = resolver == null ? null : resolver.limitOf(key);
      if (limit != null) {
        own = own == null ? current.clone() : own;
        own[i] = new Limit(limit.permits(), current[i].per(), 0, 0, 0, 0);
      }
    }
    return own == null ? current : own;
  }

  /** Returns the position of the only window of the same length. */
  int find(Limit limit) {
    Limit ignored = plain(limit, true);
    Limit[] current = common;
    int found = -1;
    for (int i = 0; i < current.length; i++) {
      if (current[i].per().equals(limit.per())) {
        found = found < 0 ? i : current.length;
      }
    }
    if (found < 0 || found == current.length) {
      throw new IllegalArgumentException(
          "limit: " + limit.per() + " (expected: the length of exactly one window)");
    }
    return found;
  }

  synchronized void reconfigure(int window, Limit limit) {
    Limit[] next = common.clone();
    if (window < 0 || window >= next.length) {
      throw new IllegalArgumentException(
          "window: " + window + " (expected: 0.." + (next.length - 1) + ")");
    }
    if (!next[window].per().equals(plain(limit, true).per())) {
      throw new IllegalArgumentException(
          "limit: " + limit.per() + " (expected: " + next[window].per() + ")");
    }
    next[window] = limit;
    common = next;
  }

  /** Checks that a limit is finite, has no burst or debt, and fits the numbers of the script. */
  static Limit checked(Limit limit) {
    return plain(limit, requireNonNull(limit, "limit").per().compareTo(MAX_PERIOD) <= 0);
  }

  private static Limit plain(Limit limit, boolean shortEnough) {
    if (requireNonNull(limit, "limit").burst() != 0
        || limit.maxDebt() != 0
        || limit.overdraft() != 0
        || limit.isUnlimited()
        || limit.isBlocked()
        || !shortEnough) {
      throw new IllegalArgumentException(
          "limit: "
              + limit
              + " (expected: permits per period of at most 50 days, without burst or debt)");
    }
    return limit;
  }
}
