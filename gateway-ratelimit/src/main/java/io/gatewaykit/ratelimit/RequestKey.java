// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Functions that derive keys from requests, for {@link RateLimitGuard.Builder#key} and {@link
 * ConcurrencyGuard#of}. Other keys can be supplied as functions.
 *
 * <p>A request whose key is null is not limited. For keys that a client can omit, such as header
 * fields, supply a fallback: {@code first(header("X-Api-Key"), network())}.
 */
public final class RequestKey {
  private RequestKey() {}

  /** Returns the client's network: its IPv4 address, or its IPv6 /64. The guards' default. */
  public static Function<GatewayRequest, @Nullable Object> network() {
    return request -> request.client().network();
  }

  /** Returns the client's full address. An IPv6 client controls an arbitrary number of them. */
  public static Function<GatewayRequest, @Nullable Object> address() {
    return request -> request.client().address();
  }

  /** Returns the name of the authenticated user; null if not authenticated. */
  public static Function<GatewayRequest, @Nullable Object> principal() {
    return GatewayRequest::principal;
  }

  /**
   * Returns the first value of a header field; null if it is absent or empty. Clients control this
   * value, so use it as a key only after verification, or together with {@link #network}.
   *
   * @throws IllegalArgumentException if the name is empty
   */
  public static Function<GatewayRequest, @Nullable Object> header(String name) {
    if (requireNonNull(name, "name").isEmpty()) {
      throw new IllegalArgumentException("name: \"\" (expected: a field name)");
    }
    return request -> {
      String value = request.headers().first(name);
      return value == null || value.isEmpty() ? null : value;
    };
  }

  /** Returns the same key for all requests: one limit for all of them. */
  public static Function<GatewayRequest, @Nullable Object> global() {
    return request -> "*";
  }

  /** Returns the first key that is not null. */
  @SafeVarargs
  public static Function<GatewayRequest, @Nullable Object> first(
      Function<? super GatewayRequest, ? extends @Nullable Object>... keys) {
    var all = checked(keys);
    return request -> {
      for (int i = 0; i < all.size(); i++) {
        Object key = all.get(i).apply(request);
        if (key != null) {
          return key;
        }
      }
      return null;
    };
  }

  /** Returns the combination of all keys; null if one is null. */
  @SafeVarargs
  public static Function<GatewayRequest, @Nullable Object> all(
      Function<? super GatewayRequest, ? extends @Nullable Object>... keys) {
    var all = checked(keys);
    return request -> {
      var parts = new ArrayList<Object>(all.size());
      for (int i = 0; i < all.size(); i++) {
        Object key = all.get(i).apply(request);
        if (key == null) {
          return null;
        }
        parts.add(key);
      }
      return parts;
    };
  }

  @SafeVarargs
  private static List<Function<? super GatewayRequest, ? extends @Nullable Object>> checked(
      Function<? super GatewayRequest, ? extends @Nullable Object>... keys) {
    Arguments.range("keys", keys.length, 1, 16);
    var all =
        new ArrayList<Function<? super GatewayRequest, ? extends @Nullable Object>>(keys.length);
    for (var key : keys) {
      all.add(requireNonNull(key, "key"));
    }
    return List.copyOf(all);
  }
}
