package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;
import java.util.Map;

/**
 * Turns a refusal into the response that the client gets. Thread-safe; adapters call it once for
 * each refused request, and send no body where the method was {@code HEAD}.
 */
@FunctionalInterface
public interface RejectionRenderer {

  /** Returns the response for a refused request. */
  Response render(GatewayRequest request, Rejection rejection);

  /**
   * A response, ready to send. {@code Content-Length} and {@code Connection} are the adapter's
   * business.
   *
   * @param status the status code
   * @param headers the header fields, in order
   * @param body the body, sent as UTF-8
   */
  record Response(int status, List<Map.Entry<String, String>> headers, String body) {}

  /**
   * Returns the default: {@code application/problem+json} of RFC 9457, with {@code Retry-After}.
   */
  static RejectionRenderer problemJson() {
    return ProblemJson.INSTANCE;
  }
}
