// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.servlet.GatewayFilter;
import java.nio.charset.StandardCharsets;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/**
 * Responds to a {@link RateLimitedException} with 429. Advice of the application with a negative
 * order precedes it.
 */
@RestControllerAdvice
@Order(0) // as that of Spring Boot for problem details
final class RateLimitedExceptionHandler {
  private static final GatewayRequest UNKNOWN = RequestHead.builder("GET", "/").build();

  private final RejectionRenderer renderer;

  RateLimitedExceptionHandler(RejectionRenderer renderer) {
    this.renderer = renderer;
  }

  @ExceptionHandler
  ResponseEntity<byte[]> respond(RateLimitedException e) {
    RejectionRenderer.Response response = renderer.renderOrProblem(request(), e.rejection());
    var fields = new HttpHeaders();
    response.headers().forEach(field -> fields.add(field.getKey(), field.getValue()));
    return ResponseEntity.status(response.status())
        .headers(fields)
        .body(response.body().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the request of the filter, whose class is not loaded for its constant. */
  private static GatewayRequest request() {
    RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
    return attributes != null
            && attributes.getAttribute(
                    GatewayFilter.REQUEST_ATTRIBUTE, RequestAttributes.SCOPE_REQUEST)
                instanceof GatewayRequest seen
        ? seen
        : UNKNOWN;
  }
}
