// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renders with the default renderer if the given one fails. */
final class RenderingFallback {
  private static final Logger log = LoggerFactory.getLogger(RejectionRenderer.class);

  private RenderingFallback() {}

  static RejectionRenderer.Response render(
      RejectionRenderer renderer, GatewayRequest request, Rejection rejection) {
    try {
      RejectionRenderer.Response response = renderer.render(request, rejection);
      int status = response.status();
      if (status >= 200 && status <= 599) {
        return response;
      }
      log.debug("rejection renderer returned an invalid status: {} (expected: 200..599)", status);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("rejection renderer threw an exception", e);
    }
    return ProblemJson.INSTANCE.render(request, rejection);
  }
}
