// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.internal.value.InspectedHead;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** A request to be inspected by a {@link Waf}, as received. Immutable except for the body bytes. */
public final class WafRequest {
  private static final byte[] NO_BODY = {};

  private final String method;
  private final String rawTarget;
  private final Headers headers;
  private final byte[] body;
  private final boolean bodyComplete;
  private final @Nullable InetAddress client;
  private final String route;

  private WafRequest(
      String method,
      String rawTarget,
      Headers headers,
      byte[] body,
      boolean bodyComplete,
      @Nullable InetAddress client,
      String route) {
    this.method = requireNonNull(method, "method");
    this.rawTarget = requireNonNull(rawTarget, "rawTarget");
    this.headers = requireNonNull(headers, "headers");
    this.body = requireNonNull(body, "body");
    this.bodyComplete = bodyComplete;
    this.client = client;
    this.route = route;
  }

  /** Returns a request whose body is empty or not yet known. */
  public static WafRequest of(String method, String rawTarget, Headers headers) {
    return of(method, rawTarget, headers, NO_BODY);
  }

  /** Returns a request with a body. The array is not copied and must not be modified. */
  public static WafRequest of(String method, String rawTarget, Headers headers, byte[] body) {
    return new WafRequest(method, rawTarget, headers, body, true, null, "");
  }

  /** Returns this request with a body. The array is not copied and must not be modified. */
  public WafRequest withBody(byte[] body) {
    return new WafRequest(method, rawTarget, headers, body, true, client, route);
  }

  /**
   * Returns this request with the start of a body. The array is not copied and must not be
   * modified. A construct that is incomplete at its end does not make the body malformed.
   */
  public WafRequest withBeginningOfBody(byte[] beginning) {
    return new WafRequest(method, rawTarget, headers, beginning, false, client, route);
  }

  /** Returns this request with the address of its client. */
  public WafRequest withClient(InetAddress client) {
    return new WafRequest(
        method, rawTarget, headers, body, bodyComplete, requireNonNull(client, "client"), route);
  }

  /** Returns this request with the name of the route that selected it, which incidents contain. */
  public WafRequest onRoute(String route) {
    return new WafRequest(
        method, rawTarget, headers, body, bodyComplete, client, requireNonNull(route, "route"));
  }

  /** Returns the method. */
  public String method() {
    return method;
  }

  /** Returns the request target, not decoded. */
  public String rawTarget() {
    return rawTarget;
  }

  /** Returns the header fields. */
  public Headers headers() {
    return headers;
  }

  /** Returns the name of the route, or an empty text if it is unknown. */
  String route() {
    return route;
  }

  /** Returns the head in the form that the engine inspects. */
  InspectedHead head() {
    return new InspectedHead(method, rawTarget, headers, client);
  }

  @Nullable InetAddress client() {
    return client;
  }

  boolean bodyComplete() {
    return bodyComplete;
  }

  byte[] body() {
    return body;
  }
}
