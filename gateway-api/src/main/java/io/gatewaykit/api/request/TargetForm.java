// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import org.jspecify.annotations.Nullable;

/** Validates the form of a target against its method, and its authority against {@code Host}. */
final class TargetForm {
  private TargetForm() {}

  /** Returns a description of the defect; null if the target is valid. */
  static @Nullable String defect(GatewayRequest request) {
    String host = request.headers().first("host");
    if (host != null && !host.isEmpty() && !Authority.isValid(host)) {
      return "Host: malformed (expected: HOST or HOST:PORT)";
    }
    String target = request.rawTarget();
    if (target.startsWith("/") || request.method().equals("CONNECT")) {
      return null;
    }
    if (target.equals("*")) {
      return request.method().equals("OPTIONS") ? null : "target: * (expected: for OPTIONS only)";
    }
    return absoluteDefect(target, host);
  }

  private static @Nullable String absoluteDefect(String target, @Nullable String host) {
    boolean secure = target.regionMatches(true, 0, "https://", 0, 8);
    if (!secure && !target.regionMatches(true, 0, "http://", 0, 7)) {
      return "target: neither a path nor an http or https URI (expected: starts with /)";
    }
    String authority = RequestTarget.authority(target);
    if (authority == null || !Authority.isValid(authority)) {
      return "target: malformed authority (expected: HOST or HOST:PORT)";
    }
    return host == null || host.isEmpty() || Authority.isSame(authority, host, secure)
        ? null
        : "Host: differs from the target's authority (expected: equal)";
  }
}
