package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What of a request tells one caller from another: for {@link RateLimitGuard.Builder#key} and
 * {@link ConcurrencyGuard#of}. Whatever is not here is a function of one's own.
 *
 * <p>A key that a client may leave out, such as a header field, is null then, and a request without
 * a key is not limited; so give it something to fall back on: {@code first(header("X-Api-Key"),
 * network())}.
 */
public final class RequestKey {
  private RequestKey() {}

  /** The client's network: its IPv4 address, or its IPv6 /64. The guards' default. */
  public static Function<GatewayRequest, @Nullable Object> network() {
    return request -> request.client().network();
  }

  /** The client's own address, all of it. An IPv6 client has as many of them as it likes. */
  public static Function<GatewayRequest, @Nullable Object> address() {
    return request -> request.client().address();
  }

  /** The name of the authenticated user; null if there is none. */
  public static Function<GatewayRequest, @Nullable Object> principal() {
    return GatewayRequest::principal;
  }

  /**
   * The first value of a header field; null if it is absent or empty. Clients may write there what
   * they like, so it is a key only once it has been verified, or beside {@link #network}.
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

  /** The same key for every request: one limit for all of them. */
  public static Function<GatewayRequest, @Nullable Object> everybody() {
    return request -> "*";
  }

  /** The first of the keys that is not null. */
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

  /** All of the keys together: a caller is who agrees in each; null if one is. */
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
