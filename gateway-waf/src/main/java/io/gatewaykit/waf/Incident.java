// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import io.gatewaykit.api.request.RequestTarget;
import java.net.InetAddress;
import java.time.Instant;

/**
 * A request with at least one hit of a firewall, or whose inspection was ended by the work bound.
 *
 * @param time the time of the inspection
 * @param client the client address; empty if unknown
 * @param method the method, at most 32 chars
 * @param path the path as sent, without the query, at most 256 chars
 * @param route the name of the route that selected the firewall; empty if unknown
 * @param result the result of the inspection
 */
public record Incident(
    Instant time, String client, String method, String path, String route, WafResult result) {
  private static final int MAX_METHOD = 32;
  private static final int MAX_PATH = 256;

  static Incident of(Instant time, WafRequest request, WafResult result) {
    InetAddress client = request.client();
    return new Incident(
        time,
        client == null ? "" : client.getHostAddress(),
        cut(request.method(), MAX_METHOD),
        cut(RequestTarget.rawPath(request.rawTarget()), MAX_PATH),
        request.route(),
        result);
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }

  /** Returns the id that the client received, {@link WafResult#incident}. */
  public String id() {
    return result.incident();
  }
}
