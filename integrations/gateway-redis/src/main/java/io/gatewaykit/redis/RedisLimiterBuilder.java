// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings common to all limiters in Redis. Each can be set once; a second call throws
 * {@link IllegalStateException}. Not thread-safe.
 *
 * @param <K> the type of the keys
 * @param <B> the type of the builder itself
 */
public abstract sealed class RedisLimiterBuilder<K, B extends RedisLimiterBuilder<K, B>>
    permits RedisLeakyBucket.Builder, RedisWindowCounterBuilder, RedisConcurrencyLimiter.Builder {
  private final RedisStore store;
  private final String name;
  private @Nullable Function<? super K, String> keyText;
  private @Nullable FailurePolicy failurePolicy;
  private @Nullable Integer nodes;
  private @Nullable Integer fallbackKeys;
  private @Nullable Ticker scriptClock;

  RedisLimiterBuilder(RedisStore store, String name) {
    this.store = requireNonNull(store, "store");
    this.name = KeyNames.checked(name);
  }

  abstract B self();

  Function<K, String> names() {
    return new KeyNames<>(name, keyText == null ? KeyNames::textOf : keyText);
  }

  LimiterSettings common() {
    return new LimiterSettings(
        store,
        failurePolicy == null ? FailurePolicy.LOCAL : failurePolicy,
        nodes == null ? 1 : nodes,
        fallbackKeys == null ? 100_000 : fallbackKeys,
        scriptClock);
  }

  /**
   * Sets the function that encodes keys as text; it must be injective. Texts longer than 128
   * characters are stored as their SHA-256. Default: supports strings, numbers, addresses, UUIDs,
   * enums and lists of them.
   */
  public B keyText(Function<? super K, String> keyText) {
    this.keyText = Arguments.once("keyText", this.keyText, keyText);
    return self();
  }

  /** Sets the policy while Redis is unavailable. Default: {@link FailurePolicy#LOCAL}. */
  public B failurePolicy(FailurePolicy policy) {
    this.failurePolicy =
        Arguments.once("failurePolicy", failurePolicy, requireNonNull(policy, "policy"));
    return self();
  }

  /**
   * Sets the number of nodes that share the limit while Redis is unavailable, 1 to 10,000. Each
   * then applies its fraction of the limit, with bursts rounded down, at least one permit. Default:
   * 1, so that each node applies the entire limit.
   */
  public B nodes(int nodes) {
    this.nodes = Arguments.once("nodes", this.nodes, Arguments.range("nodes", nodes, 1, 10_000));
    return self();
  }

  /**
   * Sets the key capacity of the local limiter, 1 to 100,000,000; about 24 bytes each in a leaky
   * bucket. Default: 100,000.
   */
  public B fallbackKeys(int keys) {
    Arguments.range("keys", keys, 1, 100_000_000);
    this.fallbackKeys = Arguments.once("fallbackKeys", fallbackKeys, keys);
    return self();
  }

  /** Sets a time source that replaces the server's clock. For tests. */
  B scriptClock(Ticker scriptClock) {
    this.scriptClock = scriptClock;
    return self();
  }
}
