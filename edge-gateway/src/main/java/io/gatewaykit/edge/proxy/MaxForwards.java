// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Selects the requests to which the gateway itself responds, because of their method: {@code
 * CONNECT} and {@code TRACE}, which it does not support, and {@code OPTIONS} at its last hop (RFC
 * 9110 §7.6.2).
 */
final class MaxForwards {
  /** The maximum number of digits of a count. */
  private static final int MAX_DIGITS = 9;

  private MaxForwards() {}

  /** Returns the status of the gateway's own response, or 0 to forward the request. */
  static int ownStatus(HttpRequest request) {
    HttpMethod method = request.method();
    if (method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)) {
      return 405;
    }
    String count = count(method, request.headers());
    if (count == null) {
      return 0;
    }
    long left = parse(count);
    return left < 0 ? 400 : left == 0 ? 200 : 0;
  }

  /** Decrements the count for this hop. */
  static void decrement(HttpMethod method, HttpHeaders headers) {
    String count = count(method, headers);
    if (count != null) {
      headers.set(HttpHeaderNames.MAX_FORWARDS, parse(count) - 1);
    }
  }

  /** Returns the count of an OPTIONS request; null for other methods, which can ignore it. */
  private static @Nullable String count(HttpMethod method, HttpHeaders headers) {
    return method.equals(HttpMethod.OPTIONS) ? headers.get(HttpHeaderNames.MAX_FORWARDS) : null;
  }

  private static long parse(String count) {
    if (count.isEmpty() || count.length() > MAX_DIGITS) {
      return -1;
    }
    for (int i = 0; i < count.length(); i++) {
      if (count.charAt(i) < '0' || count.charAt(i) > '9') {
        return -1;
      }
    }
    return Long.parseLong(count);
  }
}
