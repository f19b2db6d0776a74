// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the request that opens a WebSocket, for the checks of its messages. Containers reuse
 * the original after the handshake. The attributes are those of the original.
 */
record UpgradeRequest(
    String method,
    String rawTarget,
    String protocol,
    String scheme,
    String host,
    String path,
    List<String> alternativePaths,
    Headers headers,
    ClientAddress client,
    Attributes attributes,
    @Nullable String principal)
    implements GatewayRequest {

  /**
   * The request whose handshake is performed on this thread. A Jakarta endpoint has no access to
   * the servlet request, so the filter passes it in this way.
   */
  private static final ThreadLocal<GatewayRequest> CURRENT = new ThreadLocal<>();

  /**
   * Copies a request.
   *
   * @param user the authenticated user, or null to use that of the request
   */
  static UpgradeRequest copyOf(GatewayRequest request, @Nullable Principal user) {
    var fields = new ArrayList<String>();
    request.headers().forEach((name, value) -> fields.addAll(List.of(name, value)));
    return new UpgradeRequest(
        request.method(),
        request.rawTarget(),
        request.protocol(),
        request.scheme(),
        request.host(),
        request.path(),
        List.copyOf(request.alternativePaths()),
        Headers.of(fields.toArray(String[]::new)),
        request.client(),
        request.attributes(),
        user == null ? request.principal() : user.getName());
  }

  /**
   * Returns the request whose handshake is performed on this thread, or null if none is guarded.
   */
  static @Nullable GatewayRequest current() {
    return CURRENT.get();
  }

  /** Calls the rest of the chain, during which {@link #current} returns the seen request. */
  static void doFilter(
      FilterChain chain, ServletRequest request, ServletResponse response, GatewayRequest seen)
      throws IOException, ServletException {
    GatewayRequest outer = CURRENT.get();
    CURRENT.set(seen);
    try {
      chain.doFilter(request, response);
    } finally {
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }
}
