// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Renders a rejection as the response to the client. Thread-safe. Adapters call it once for each
 * rejected request, and omit the body if the method was {@code HEAD}.
 */
@FunctionalInterface
public interface RejectionRenderer {

  /** Returns the response to a rejected request. */
  Response render(GatewayRequest request, Rejection rejection);

  /**
   * Renders the rejection, falling back to {@link #problemJson()} if this renderer throws an
   * exception or returns a status outside 200 to 599. Never throws. Called by adapters.
   */
  default Response renderOrProblem(GatewayRequest request, Rejection rejection) {
    return RenderingFallback.render(this, request, rejection);
  }

  /**
   * Returns a renderer whose responses are readable by scripts of other origins. Without it, a
   * browser hides a rejection from the page that sent the request. Adds CORS fields, with
   * credentials allowed, if the request's {@code Origin} is accepted.
   *
   * @param origins accepts origins such as {@code https://app.example}
   */
  default RejectionRenderer readableFrom(Predicate<? super String> origins) {
    return new CorsRenderer(this, origins);
  }

  /**
   * A response, ready to send. {@code Content-Length} and {@code Connection} are set by the
   * adapter.
   *
   * @param status the status code
   * @param headers the header fields, in order
   * @param body the body, sent as UTF-8
   */
  record Response(int status, List<Map.Entry<String, String>> headers, String body) {}

  /**
   * Returns the default renderer: {@code application/problem+json} of RFC 9457, with {@code
   * Retry-After}.
   */
  static RejectionRenderer problemJson() {
    return ProblemJson.INSTANCE;
  }
}
