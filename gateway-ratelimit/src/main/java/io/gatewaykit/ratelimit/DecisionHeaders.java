// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Renders a decision as header fields.
 *
 * <p>In {@code RateLimit}, {@code t} is the time until the entire quota is available; on a
 * rejection, the wait after which one request passes, so that it agrees with {@code Retry-After},
 * which the draft forbids to be earlier. {@code w} is in whole seconds: for rates in other periods
 * it is the smallest in which at least one permit drains.
 */
final class DecisionHeaders {
  private static final long SECOND = 1_000_000_000;
  private static final long MAX_INTEGER = 999_999_999_999_999L; // of RFC 9651 §3.3.1

  private DecisionHeaders() {}

  static List<Map.Entry<String, String>> render(Decision all, String policy, HeaderStyle style) {
    var headers = quota(all, policy, style);
    if (style != HeaderStyle.NONE && all.outcome() == Decision.Outcome.REJECTED) {
      headers.add(Map.entry("Retry-After", integer(Math.max(1, ceilSeconds(all.retryAfter())))));
    }
    return List.copyOf(headers);
  }

  /** All fields except Retry-After, in a mutable list. */
  static List<Map.Entry<String, String>> quota(Decision all, String policy, HeaderStyle style) {
    var headers = new ArrayList<Map.Entry<String, String>>(6);
    Map<String, Decision> parts = all.parts().isEmpty() ? Map.of(policy, all) : all.parts();
    if (style.standard()) {
      var policies = new StringJoiner(", ");
      var limits = new StringJoiner(", ");
      parts.forEach((name, part) -> {
        if (!part.limit().isUnlimited()) {
          policies.add(quoted(name) + policy(part.limit()));
          limits.add(
              quoted(name) + ";r=" + integer(part.remaining()) + ";t=" + integer(window(part)));
        }
      });
      if (limits.length() > 0) {
        headers.add(Map.entry("RateLimit-Policy", policies.toString()));
        headers.add(Map.entry("RateLimit", limits.toString()));
      }
    }
    if (style.legacy() && !all.limit().isUnlimited()) {
      Limit limit = all.limit();
      long most = Math.max(limit.permits(), limit.isBlocked() ? 0 : limit.burst() + 1);
      headers.add(Map.entry("X-RateLimit-Limit", integer(most)));
      headers.add(Map.entry("X-RateLimit-Remaining", integer(all.remaining())));
      headers.add(Map.entry("X-RateLimit-Reset", integer(window(all))));
    }
    return headers;
  }

  private static String policy(Limit limit) {
    long nanos = limit.per().toNanos();
    long permits = limit.permits();
    long seconds = limit.per().toSeconds();
    if (nanos % SECOND != 0) {
      seconds = permits >= nanos / SECOND ? 1 : (nanos - 1) / (permits * SECOND) + 1;
      permits = (long) Math.min(MAX_INTEGER, (double) permits * seconds * 1e9 / nanos);
    }
    String burst = limit.burst() == 0 ? "" : ";gw-burst=" + integer(limit.burst());
    return ";q=" + integer(permits) + ";w=" + integer(seconds) + burst;
  }

  private static long window(Decision part) {
    boolean rejected = part.outcome() == Decision.Outcome.REJECTED;
    return ceilSeconds(rejected ? part.retryAfter() : part.resetAfter());
  }

  private static long ceilSeconds(Duration time) {
    return (time.toNanos() + SECOND - 1) / SECOND;
  }

  private static String integer(long number) {
    return Long.toString(Math.max(0, Math.min(number, MAX_INTEGER)));
  }

  /** Encodes a string of RFC 9651 §3.3.3. */
  static String quoted(String name) {
    var out = new StringBuilder(requireNonNull(name, "name").length() + 2).append('"');
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < ' ' || c > '~') {
        throw new IllegalArgumentException(
            "policy: a character U+" + Integer.toHexString(c) + " (expected: printable ASCII)");
      }
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    return out.append('"').toString();
  }
}
