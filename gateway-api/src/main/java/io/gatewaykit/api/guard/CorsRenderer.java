// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Adds the header fields of the Fetch standard's CORS protocol to rejections, so that scripts of
 * accepted origins can read them. {@code Vary} is always added, since the response depends on the
 * origin.
 */
record CorsRenderer(RejectionRenderer renderer, Predicate<? super String> origins)
    implements RejectionRenderer {
  private static final Map.Entry<String, String> VARY = Map.entry("Vary", "Origin");
  private static final Map.Entry<String, String> EXPOSE =
      Map.entry(
          "Access-Control-Expose-Headers",
          "Retry-After, RateLimit, RateLimit-Policy, Content-Type");
  private static final Map.Entry<String, String> CREDENTIALS =
      Map.entry("Access-Control-Allow-Credentials", "true");

  CorsRenderer(RejectionRenderer renderer, Predicate<? super String> origins) {
    this.renderer = renderer;
    this.origins = requireNonNull(origins, "origins");
  }

  @Override
  public Response render(GatewayRequest request, Rejection rejection) {
    Response response = renderer.render(request, rejection);
    List<Map.Entry<String, String>> headers = new ArrayList<>(response.headers());
    headers.add(VARY);
    String origin = request.headers().first("Origin");
    if (origin != null && origins.test(origin)) {
      headers.add(Map.entry("Access-Control-Allow-Origin", origin));
      headers.add(EXPOSE);
      headers.add(CREDENTIALS);
    }
    return new Response(response.status(), headers, response.body());
  }
}
